using System.Text;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>
/// Stored arrays that a manifest names. A batch is bound to what they are when it is made, as it is to its input files:
/// all of its chunks see the same.
/// </summary>
internal static class ManifestArrays
{
    private static readonly JsonReaderOptions Lenient = new()
    {
        MaxDepth = 128,
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The manifest with a hash behind each name; the same one where it names none.</summary>
    /// <exception cref="EngineException">ArrayNotFound, Conflict or RegistryUnavailable.</exception>
    public static async Task<BatchManifest> BindAsync(
        FunctionService functions,
        BatchManifest manifest,
        CancellationToken cancellationToken
    )
    {
        var references = Constants(manifest)
            .SelectMany(constant => constant.Leaves.OfType<ArrayReference>())
            .Distinct()
            .ToArray();
        if (references.Length == 0)
        {
            return manifest;
        }

        var bound = new Dictionary<ArrayReference, ArrayReference>();
        foreach (var reference in references)
        {
            var array = await At(() => functions.Arrays.FindAsync($"{reference}", cancellationToken).AsTask())
                .ConfigureAwait(false);
            bound[reference] = array.Pinned;
        }

        return ManifestReader.Read(Rewrite(manifest.Text, bound));
    }

    /// <summary>The manifest with the arrays in the places of their names, until the second is disposed of.</summary>
    public static async Task<(BatchManifest Manifest, IDisposable Held)> ResolveAsync(
        FunctionService functions,
        BatchManifest manifest,
        CancellationToken cancellationToken
    )
    {
        var resolved = await At(() => functions.ResolveAsync(Call(manifest), cancellationToken).AsTask())
            .ConfigureAwait(false);
        return (Replace(manifest, resolved.Invocation), resolved);
    }

    /// <summary>The manifest with shapes in the places of names.</summary>
    public static async Task<BatchManifest> ResolveShapesAsync(
        FunctionService functions,
        BatchManifest manifest,
        CancellationToken cancellationToken
    ) =>
        Replace(
            manifest,
            await At(() => functions.ResolveShapesAsync(Call(manifest), cancellationToken).AsTask())
                .ConfigureAwait(false)
        );

    // All that does not change from call to call, as the arguments of one call.
    private static Invocation Call(BatchManifest manifest) => new([.. Constants(manifest)]);

    private static IEnumerable<PyTree<IArgumentLeaf>> Constants(BatchManifest manifest) =>
        manifest.Args.Concat(manifest.Kwargs?.Values ?? []).SelectMany(Constants);

    private static IEnumerable<PyTree<IArgumentLeaf>> Constants(ArgumentTemplate template) =>
        template switch
        {
            ConstantArgument constant => [constant.Value],
            ContainerArgument container => container.Children.SelectMany(Constants),
            _ => [],
        };

    private static BatchManifest Replace(BatchManifest manifest, Invocation resolved)
    {
        var constants = new Queue<PyTree<IArgumentLeaf>>(resolved.Args);
        return manifest with
        {
            Args = [.. manifest.Args.Select(template => Replace(template, constants))],
            Kwargs = manifest.Kwargs?.ToDictionary(one => one.Key, one => Replace(one.Value, constants)),
        };
    }

    private static ArgumentTemplate Replace(ArgumentTemplate template, Queue<PyTree<IArgumentLeaf>> constants) =>
        template switch
        {
            ConstantArgument => new ConstantArgument(constants.Dequeue()),
            ContainerArgument container => container with
            {
                Children = [.. container.Children.Select(child => Replace(child, constants))],
            },
            _ => template,
        };

    // A text beside "$ref" is a reference wherever it stands: a key of that name is written with one more $.
    private static string Rewrite(string manifest, Dictionary<ArrayReference, ArrayReference> bound)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(manifest);
        var rewritten = new StringBuilder();
        var copied = 0;
        var isNext = false;
        var reader = new Utf8JsonReader(text, Lenient);
        while (reader.Read())
        {
            if (
                isNext
                && reader.TokenType == JsonTokenType.String
                && bound.TryGetValue(ArrayReference.Parse(reader.GetString()!), out var now)
            )
            {
                var start = (int)reader.TokenStartIndex;
                rewritten.Append(System.Text.Encoding.UTF8.GetString(text.AsSpan(copied, start - copied)));
                rewritten.Append('"').Append(now).Append('"');
                copied = (int)reader.BytesConsumed;
            }

            isNext = reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("$ref"u8);
        }

        return rewritten.Append(System.Text.Encoding.UTF8.GetString(text.AsSpan(copied))).ToString();
    }

    private static async Task<T> At<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code is ErrorCode.ArrayNotFound or ErrorCode.Conflict)
        {
            throw new EngineException(error.Code, error.Message, "args", error);
        }
    }
}
