using System.Runtime.InteropServices;

namespace HkaFer.Tensors;

/// <summary>
/// oneDNN's C API, where the library is installed: bfloat16 products on processors that have them, which .NET does not expose. Never needed: without it
/// the same products are computed in float32. Versions 2.x (Debian 12) and 3.x differ in how descriptors are made; 3.x is written from its
/// documentation, has not run yet, and is used only where <c>HKAFER_ONEDNN=3</c> asks for it.
/// </summary>
internal sealed unsafe class OneDnnLibrary
{
    /// <summary>Element types as both versions number them.</summary>
    internal const int BFloat16 = 2, Float32 = 3;

    /// <summary>The bits of <c>avx512_core_bf16</c> in the library's instruction sets; sets above it contain them.</summary>
    private const int BFloat16Isa = 0xE7;

    private const int CpuEngine = 1, UserScratchpad = 1, TbbRuntime = 4, ExecArgument = 255, AnyLayout = 1;

    /// <summary>Room for version 2's descriptors, plain structures of some 700 and 3,500 bytes.</summary>
    private const int MemoryDescriptorBytes = 2048, OperationDescriptorBytes = 16384;

    private static readonly string[] s_names = ["libdnnl.so.2", "libdnnl.so.3", "libdnnl.so", "libdnnl.dylib", "dnnl.dll"];
    private static readonly Lazy<(OneDnnLibrary? Library, string State)> s_found = new(Find);

    [ThreadStatic]
    private static nint t_stream;

    private readonly nint _library;
    private readonly int _major;
    private readonly nint _engine;
    private readonly delegate* unmanaged<int, void> _setThreads;
    private readonly delegate* unmanaged<int> _getThreads;

    // What a product calls each time; the others are looked up by name when they are needed.
    private readonly delegate* unmanaged<nint*, nint, nint, void*, int> _wrap;
    private readonly delegate* unmanaged<nint, int> _release;
    private readonly delegate* unmanaged<nint*, nint, uint, int> _createStream;
    private readonly delegate* unmanaged<nint, nint, int, OneDnnArgument*, int> _execute;

    private OneDnnLibrary(nint library, int major, bool sliced)
    {
        (_library, _major, IsSliced) = (library, major, sliced);
        if (NativeLibrary.TryGetExport(library, "omp_set_num_threads", out nint set) && NativeLibrary.TryGetExport(library, "omp_get_max_threads", out nint get))
        {
            _setThreads = (delegate* unmanaged<int, void>)set;
            _getThreads = (delegate* unmanaged<int>)get;
        }

        _wrap = (delegate* unmanaged<nint*, nint, nint, void*, int>)Export("dnnl_memory_create");
        _release = (delegate* unmanaged<nint, int>)Export("dnnl_memory_destroy");
        _createStream = (delegate* unmanaged<nint*, nint, uint, int>)Export("dnnl_stream_create");
        _execute = (delegate* unmanaged<nint, nint, int, OneDnnArgument*, int>)Export("dnnl_primitive_execute");
        nint engine;
        Check(((delegate* unmanaged<nint*, int, nuint, int>)Export("dnnl_engine_create"))(&engine, CpuEngine, 0), "engine");
        _engine = engine;
    }

    /// <summary>The library, or null where it is missing, switched off (<c>HKAFER_ONEDNN=0</c>), not asked for (version 3), or has no fast bfloat16 on this processor.</summary>
    internal static OneDnnLibrary? Found => s_found.Value.Library;

    /// <summary>What was found and will be used, or why not: for people.</summary>
    internal static string State => s_found.Value.State;

    /// <summary>Whether a product may be cut into parts that run on threads of ours, each with one thread of the library's.</summary>
    internal bool IsSliced { get; }

    /// <summary>Describes a matrix; to be given back with <see cref="DestroyMatrix"/>.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype"><see cref="BFloat16"/> or <see cref="Float32"/>.</param>
    /// <param name="rowStride">Elements from a row to the next.</param>
    /// <param name="columnStride">Elements from a column to the next.</param>
    internal nint Matrix(long rows, long columns, int dtype, long rowStride, long columnStride)
    {
        long* sizes = stackalloc long[] { rows, columns };
        long* strides = stackalloc long[] { rowStride, columnStride };
        if (_major >= 3)
        {
            nint handle;
            var create = (delegate* unmanaged<nint*, int, long*, int, long*, int>)Export("dnnl_memory_desc_create_with_strides");
            Check(create(&handle, 2, sizes, dtype, strides), "memory descriptor");
            return handle;
        }

        var memory = (nint)NativeMemory.AllocZeroed(MemoryDescriptorBytes);
        var init = (delegate* unmanaged<nint, int, long*, int, long*, int>)Export("dnnl_memory_desc_init_by_strides");
        Check(init(memory, 2, sizes, dtype, strides), "memory descriptor");
        return memory;
    }

    /// <summary>Describes a matrix whose layout the library is free to choose (see <see cref="ChosenLayout"/>); to be given back with <see cref="DestroyMatrix"/>.</summary>
    internal nint AnyMatrix(long rows, long columns, int dtype)
    {
        long* sizes = stackalloc long[] { rows, columns };
        if (_major >= 3)
        {
            nint handle;
            Check(((delegate* unmanaged<nint*, int, long*, int, int, int>)Export("dnnl_memory_desc_create_with_tag"))(&handle, 2, sizes, dtype, AnyLayout), "memory descriptor");
            return handle;
        }

        var memory = (nint)NativeMemory.AllocZeroed(MemoryDescriptorBytes);
        Check(((delegate* unmanaged<nint, int, long*, int, int, int>)Export("dnnl_memory_desc_init_by_tag"))(memory, 2, sizes, dtype, AnyLayout), "memory descriptor");
        return memory;
    }

    /// <summary>The layout of the weights that a product wants, and its bytes; belongs to the description.</summary>
    internal (nint Descriptor, long Bytes) ChosenLayout(nint description)
    {
        nint layout = Query(description, OneDnnArgument.Weights);
        return (layout, SizeOf(layout));
    }

    /// <summary>Whether two descriptors are of the same layout.</summary>
    internal bool IsSame(nint first, nint second) => ((delegate* unmanaged<nint, nint, int>)Export("dnnl_memory_desc_equal"))(first, second) != 0;

    /// <summary>Copies a matrix into another layout, on the calling thread.</summary>
    internal void Reorder(nint from, void* source, nint to, void* target)
    {
        nint description = 0, primitive = 0;
        int threads = OneThread();
        try
        {
            var create = (delegate* unmanaged<nint*, nint, nint, nint, nint, nint, int>)Export("dnnl_reorder_primitive_desc_create");
            Check(create(&description, from, _engine, to, _engine, 0), "packing");
            Check(((delegate* unmanaged<nint*, nint, int>)Export("dnnl_primitive_create"))(&primitive, description), "packing");
            OneDnnArgument first = new(OneDnnArgument.Source, Wrap(from, source)), second = new(OneDnnArgument.Destination, Wrap(to, target));
            try
            {
                Execute(primitive, [first, second]);
            }
            finally
            {
                Release(first.Memory);
                Release(second.Memory);
            }
        }
        finally
        {
            Restore(threads);
            DestroyMatmul(description, primitive);
        }
    }

    /// <summary>Gives back what <see cref="Matrix"/> made; zero is nothing.</summary>
    internal void DestroyMatrix(nint matrix)
    {
        if (_major >= 3)
        {
            Destroy("dnnl_memory_desc_destroy", matrix);
        }
        else
        {
            NativeMemory.Free((void*)matrix);
        }
    }

    /// <summary>Prepares dst = src weights + bias, or dst += src weights.</summary>
    /// <returns>
    /// Description and primitive, to be given back with <see cref="DestroyMatmul"/>; the scratchpad's descriptor, which belongs to the description, and
    /// its size in bytes.
    /// </returns>
    internal (nint Description, nint Primitive, nint Scratchpad, long ScratchpadBytes) Matmul(nint src, nint weights, nint bias, nint dst, bool accumulate)
    {
        nint attributes = Attributes(accumulate), description = 0, primitive;
        void* operation = _major >= 3 ? null : NativeMemory.AllocZeroed(OperationDescriptorBytes);
        try
        {
            if (_major >= 3)
            {
                var create = (delegate* unmanaged<nint*, nint, nint, nint, nint, nint, nint, int>)Export("dnnl_matmul_primitive_desc_create");
                Check(create(&description, _engine, src, weights, bias, dst, attributes), "product");
            }
            else
            {
                var init = (delegate* unmanaged<void*, nint, nint, nint, nint, int>)Export("dnnl_matmul_desc_init");
                Check(init(operation, src, weights, bias, dst), "product");
                var create = (delegate* unmanaged<nint*, void*, nint, nint, nint, int>)Export("dnnl_primitive_desc_create");
                Check(create(&description, operation, attributes, _engine, 0), "product");
            }

            Check(((delegate* unmanaged<nint*, nint, int>)Export("dnnl_primitive_create"))(&primitive, description), "product");
        }
        catch
        {
            DestroyMatmul(description, 0);
            throw;
        }
        finally
        {
            // The description has copies of both.
            NativeMemory.Free(operation);
            Destroy("dnnl_primitive_attr_destroy", attributes);
        }

        nint scratchpad = Query(description, OneDnnArgument.Scratchpad);
        return (description, primitive, scratchpad, SizeOf(scratchpad));
    }

    /// <summary>Gives back what <see cref="Matmul"/> made; zero is nothing.</summary>
    internal void DestroyMatmul(nint description, nint primitive)
    {
        Destroy("dnnl_primitive_destroy", primitive);
        Destroy("dnnl_primitive_desc_destroy", description);
    }

    /// <summary>Memory of ours under a descriptor of the library's; to be given back with <see cref="Release"/>.</summary>
    internal nint Wrap(nint descriptor, void* address)
    {
        nint memory;
        Check(_wrap(&memory, descriptor, _engine, address), "memory");
        return memory;
    }

    /// <summary>Lets go of what <see cref="Wrap"/> made; the bytes stay ours.</summary>
    internal void Release(nint memory) => _release(memory);

    /// <summary>Runs a primitive on the calling thread, or on all where <see cref="IsSliced"/> is false.</summary>
    internal void Execute(nint primitive, ReadOnlySpan<OneDnnArgument> arguments)
    {
        if (t_stream == 0)
        {
            nint stream;
            Check(_createStream(&stream, _engine, 0), "stream");
            t_stream = stream;
        }

        int threads = OneThread();
        try
        {
            fixed (OneDnnArgument* first = arguments)
            {
                Check(_execute(primitive, t_stream, arguments.Length, first), "product");
            }
        }
        finally
        {
            Restore(threads);
        }
    }

    /// <summary>From here on the library uses the calling thread alone, as it must when a primitive is made and when it runs.</summary>
    /// <returns>For <see cref="Restore"/>.</returns>
    internal int OneThread()
    {
        if (_setThreads == null || !IsSliced)
        {
            return 0;
        }

        // The setting is the thread's own, and the thread may be the application's.
        int threads = _getThreads();
        _setThreads(1);
        return threads;
    }

    /// <summary>Undoes <see cref="OneThread"/>.</summary>
    internal void Restore(int threads)
    {
        if (threads > 0)
        {
            _setThreads(threads);
        }
    }

    private nint Query(nint description, int argument) =>
        ((delegate* unmanaged<nint, int, int, nint>)Export("dnnl_primitive_desc_query_md"))(description, ExecArgument, argument);

    private long SizeOf(nint descriptor) => descriptor == 0 ? 0 : (long)((delegate* unmanaged<nint, nuint>)Export("dnnl_memory_desc_get_size"))(descriptor);

    private nint Attributes(bool accumulate)
    {
        nint attributes;
        Check(((delegate* unmanaged<nint*, int>)Export("dnnl_primitive_attr_create"))(&attributes), "attributes");
        Check(((delegate* unmanaged<nint, int, int>)Export("dnnl_primitive_attr_set_scratchpad_mode"))(attributes, UserScratchpad), "attributes");
        if (!accumulate)
        {
            return attributes;
        }

        nint operations;
        Check(((delegate* unmanaged<nint*, int>)Export("dnnl_post_ops_create"))(&operations), "attributes");
        Check(
            _major >= 3
                ? ((delegate* unmanaged<nint, float, int, int, int>)Export("dnnl_post_ops_append_sum"))(operations, 1, 0, 0)
                : ((delegate* unmanaged<nint, float, int>)Export("dnnl_post_ops_append_sum"))(operations, 1),
            "attributes");
        Check(((delegate* unmanaged<nint, nint, int>)Export("dnnl_primitive_attr_set_post_ops"))(attributes, operations), "attributes");
        Destroy("dnnl_post_ops_destroy", operations);
        return attributes;
    }

    private void Destroy(string function, nint handle)
    {
        if (handle != 0)
        {
            ((delegate* unmanaged<nint, int>)Export(function))(handle);
        }
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private static void Check(int status, string what)
    {
        if (status != 0)
        {
            throw new HkaFerException($"onednn: {what} failed with status {status}; switch the library off with HKAFER_ONEDNN=0");
        }
    }

    private static (OneDnnLibrary?, string) Find()
    {
        string? setting = Environment.GetEnvironmentVariable("HKAFER_ONEDNN");
        if (setting == "0")
        {
            return (null, "oneDNN is switched off (HKAFER_ONEDNN=0)");
        }

        nint library = 0;
        string? name = s_names.Skip(setting == "3" ? 1 : 0).FirstOrDefault(name => NativeLibrary.TryLoad(name, out library));
        if (name is null)
        {
            return (null, "oneDNN is not installed (Debian and Ubuntu: apt-get install libdnnl2)");
        }

        try
        {
            var version = (Version*)((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "dnnl_version"))();
            string found = $"oneDNN {version->Major}.{version->Minor}.{version->Patch}";
            int isa = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "dnnl_get_effective_cpu_isa"))();
            return version->Major is < 2 or > 3
                ? (null, $"{found} is neither version 2 nor 3")
                : version->Major == 3 && setting != "3"
                ? (null, $"{found} is there, but nobody has run it with this program yet; HKAFER_ONEDNN=3 tries it")
                : (isa & BFloat16Isa) != BFloat16Isa
                    ? (null, $"{found} is there, but this processor has no bfloat16 arithmetic")
                    : (new OneDnnLibrary(library, version->Major, version->Runtime != TbbRuntime), found);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or HkaFerException)
        {
            return (null, $"{name} cannot be used ({e.Message})");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Version
    {
        public int Major, Minor, Patch;
        public nint Hash;
        public uint Runtime, GpuRuntime;
    }
}
