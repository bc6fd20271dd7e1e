using Torch2Jax.Samples.Quickstart;

// Torch2Jax.Samples.Quickstart ADDRESS SAMPLES register
// Torch2Jax.Samples.Quickstart ADDRESS SAMPLES call TITLE
if (args is not [var address, var folder, "register" or "call", ..])
{
    Console.Error.WriteLine("usage: Torch2Jax.Samples.Quickstart ADDRESS SAMPLES register|call [TITLE]");
    return 2;
}

using var service = new ServiceClient(new Uri(address));
ISample[] samples = [new CrossEntropySample(folder), new DigitsSample(folder)];
try
{
    if (args[2] == "register")
    {
        foreach (var sample in samples)
        {
            Console.WriteLine("Registered " + await sample.RegisterAsync(service));
        }

        return 0;
    }

    await service.WarmUpAsync();
    var rows = new List<TableRow>();
    foreach (var sample in samples)
    {
        rows.Add(await Measurement.RunAsync(service, sample));
    }

    Table.Print(args.Length > 3 ? args[3] : "Calls", rows);
    return rows.All(row => row.AsExpected) ? 0 : 1;
}
catch (SampleException error)
{
    Console.Error.WriteLine("error: " + error.Message);
    return 1;
}
