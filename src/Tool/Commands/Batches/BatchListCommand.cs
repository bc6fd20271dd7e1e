using System.CommandLine;
using Torch2Jax.Client;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch list</summary>
internal static class BatchListCommand
{
    public static Command Create()
    {
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 1000.", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(result =>
        {
            if (result.GetValue(limit) is < 1 or > 1000)
            {
                result.AddError("--limit is 1 to 1000.");
            }
        });
        var command = new Command("list", "Lists batches, the latest first.") { limit };
        return command.Does(
            (session, parsed, _, token) =>
            {
                var batches = session.Batches.List(parsed.GetValue(limit), token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteStartArray("batches");
                        foreach (var batch in batches)
                        {
                            BatchJson.Write(json, batch);
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        foreach (var batch in batches)
                        {
                            text.WriteLine(SummaryPrinter.Line(batch));
                        }
                    }
                );
            }
        );
    }
}
