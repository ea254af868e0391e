using System.Text;
using HkaFer.Cli;

// Scripts read JSON as UTF-8 whatever the locale says; a mark at the start would be no JSON.
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
await using var result = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 14) { AutoFlush = true };
await using var messages = new StreamWriter(new LossyStream(Console.OpenStandardError()), utf8) { AutoFlush = true };
if (StandardOutput.IsClosed())
{
    messages.WriteLine("error: standard output is closed, so that no result could be told; send it to /dev/null where nobody wants it");
    return ExitCode.Failed;
}

using var interrupt = new Interrupt(messages);
return CommandLine.Run(args, new Streams(result, messages, !Console.IsOutputRedirected, !Console.IsErrorRedirected), interrupt.Listen);
