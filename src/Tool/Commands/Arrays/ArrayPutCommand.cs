using System.CommandLine;
using Torch2Jax.Arrays;
using Torch2Jax.Stored;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>torch2jax array put</summary>
internal static class ArrayPutCommand
{
    public static Command Create()
    {
        var name = ArrayCommand.Name();
        var file = new Argument<string>("file")
        {
            Description = "A file of arrays (.npy, .npz, .safetensors, .json, .csv), or one array of it: FILE#ENTRY.",
        };
        var create = new Option<bool>("--new") { Description = "The name must not be there yet." };
        return new Command("put", "Stores the arrays of a file under a name.") { name, file, create }.Does(
            (session, parsed, _, token) =>
            {
                var path = parsed.GetValue(file)!;
                var read = ArgumentFile.Read(path);
                if (read.Leaves.Any(leaf => leaf is not NDArray))
                {
                    throw new ToolException("usage", "Only arrays with their data are stored.", path.Split('#')[0]);
                }

                var condition = parsed.GetValue(create) ? new ArrayCondition(Absent: true) : null;
                var arrays = read.Map(leaf => (NDArray)leaf);
                var put = session.Arrays.Put(parsed.GetValue(name)!, arrays, condition, token);
                ArrayPrinter.Print(parsed, put.Array, put.Created);
            }
        );
    }
}
