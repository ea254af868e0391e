namespace HkaFer.Models;

/// <summary>Tries again what failed for a reason that may pass, with waits that double. The count begins anew when something has come.</summary>
/// <param name="settings">The first wait.</param>
/// <param name="what">What is fetched, for messages.</param>
/// <param name="report">Told of each wait.</param>
/// <param name="cancel">Stops.</param>
internal sealed class HubRetry(HubSettings settings, string what, Action<string> report, CancellationToken cancel)
{
    private const int Attempts = 5;

    /// <summary>A server that asks for more patience is not waited for.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    private int _failed;

    internal void Progressed() => _failed = 0;

    /// <summary>Does it until it is done.</summary>
    /// <exception cref="HkaFerException">It failed too often.</exception>
    internal async Task<T> Run<T>(Func<Task<T>> work)
    {
        while (true)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (HubTrouble trouble)
            {
                await Wait(trouble).ConfigureAwait(false);
            }
        }
    }

    private async Task Wait(HubTrouble trouble)
    {
        const string kept = "what was fetched is kept, and the same command goes on from there";
        _failed++;
        if (_failed == Attempts)
        {
            throw new HkaFerException(
                $"{what}: {trouble.Message}; gave up after {Attempts} attempts. Check the network, HF_ENDPOINT ({settings.Endpoint}) and HTTPS_PROXY; {kept}", trouble);
        }

        TimeSpan wait = settings.FirstWait * Math.Pow(2, _failed - 1);
        if (trouble.After > s_longest)
        {
            throw new HkaFerException($"{what}: {trouble.Message}, and asks to wait {trouble.After.Value.TotalSeconds:F0} s; try again then: {kept}", trouble);
        }

        wait = trouble.After > wait ? trouble.After.Value : wait;
        report($"{what}: {trouble.Message}; tries again in {wait.TotalSeconds:0.#} s");
        await Task.Delay(wait, cancel).ConfigureAwait(false);
    }
}
