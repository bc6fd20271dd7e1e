using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Torch2Jax.Architecture;

/// <summary>Which namespaces each namespace of an assembly uses: in declarations, signatures, locals and instructions.</summary>
internal sealed class AssemblyReferences
{
    private readonly NamespaceReader namespaces = new();
    private readonly Dictionary<string, HashSet<string>> uses = [];
    private readonly PEReader image;
    private readonly MetadataReader metadata;

    private AssemblyReferences(PEReader file)
    {
        image = file;
        metadata = file.GetMetadataReader();
    }

    public static IReadOnlyDictionary<string, HashSet<string>> Read(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var references = new AssemblyReferences(file);
        foreach (var handle in references.metadata.TypeDefinitions)
        {
            references.ReadType(handle);
        }

        return references.uses;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        var user = NamespaceReader.NamespaceOf(metadata, handle);
        if (user.Length == 0)
        {
            return;
        }

        if (!uses.TryGetValue(user, out var used))
        {
            uses[user] = used = [];
        }

        used.UnionWith(Of(type.BaseType));
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            used.UnionWith(Of(metadata.GetInterfaceImplementation(implementation).Interface));
        }

        foreach (var field in type.GetFields())
        {
            used.UnionWith(metadata.GetFieldDefinition(field).DecodeSignature(namespaces, null));
        }

        foreach (var attribute in type.GetCustomAttributes())
        {
            used.UnionWith(Of(metadata.GetCustomAttribute(attribute).Constructor));
        }

        foreach (var method in type.GetMethods())
        {
            ReadMethod(metadata.GetMethodDefinition(method), used);
        }
    }

    private void ReadMethod(MethodDefinition method, HashSet<string> used)
    {
        used.UnionWith(NamespaceReader.All(method.DecodeSignature(namespaces, null)));
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            var locals = metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(namespaces, null);
            used.UnionWith(locals.SelectMany(local => local));
        }

        used.UnionWith(Instructions.Tokens(body).SelectMany(Of));
    }

    private ImmutableHashSet<string> Of(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return NamespaceReader.None;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return [NamespaceReader.NamespaceOf(metadata, (TypeDefinitionHandle)handle)];
            case HandleKind.TypeReference:
                return [NamespaceReader.NamespaceOf(metadata, (TypeReferenceHandle)handle)];
            case HandleKind.TypeSpecification:
                return metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(namespaces, null);
            case HandleKind.FieldDefinition:
                return Of(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MethodDefinition:
                return Of(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MemberReference:
                return Of(metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
            case HandleKind.MethodSpecification:
                var method = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return method
                    .DecodeSignature(namespaces, null)
                    .Aggregate(Of(method.Method), (all, next) => all.Union(next));
            default:
                return NamespaceReader.None;
        }
    }
}
