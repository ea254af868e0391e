using System.Runtime.InteropServices;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Devices;

public class InstructionSetsTests
{
    /// <summary>The sets that the kernel tests force on each architecture; what the processor lacks is skipped by name.</summary>
    [Theory]
    [InlineData("Portable", "any")]
    [InlineData("Avx2", "X64")]
    [InlineData("Avx512", "X64")]
    [InlineData("AdvSimd", "Arm64")]
    public void Kernel_tests_force_each_set_or_name_it_as_not_run(string set, string architecture)
    {
        string here = RuntimeInformation.ProcessArchitecture.ToString();
        if (architecture != "any" && architecture != here)
        {
            Assert.False(InstructionSets.IsSupported(Enum.Parse<InstructionSet>(set)));
            Assert.Skip($"{set} is not run: it needs {architecture}, this is {here}");
        }

        if (!InstructionSets.IsSupported(Enum.Parse<InstructionSet>(set)))
        {
            Assert.Skip($"{set} is not run: this {here} processor does not have it");
        }

        Assert.Contains(TestDevices.Sets, row => row.Data == set);
        Tensor x = Tensor.Full([100], 3, DType.Float32, TestDevices.Of(set));
        Assert.Equal(Enum.Parse<InstructionSet>(set), ((CpuDevice)x.Device).Set);
        Assert.Equal(300, Ops.Sum(x).Item());
    }
}
