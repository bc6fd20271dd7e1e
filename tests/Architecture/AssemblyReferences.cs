using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Torch2Jax.Architecture;

/// <summary>Which namespaces each namespace of an assembly uses: in declarations, signatures, locals and instructions.</summary>
internal sealed class AssemblyReferences
{
    private readonly NamespaceReader _namespaces = new();
    private readonly Dictionary<string, HashSet<string>> _uses = [];
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    private AssemblyReferences(PEReader file)
    {
        _file = file;
        _metadata = file.GetMetadataReader();
    }

    public static IReadOnlyDictionary<string, HashSet<string>> Read(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var references = new AssemblyReferences(file);
        foreach (var handle in references._metadata.TypeDefinitions)
        {
            references.ReadType(handle);
        }

        return references._uses;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var user = NamespaceReader.NamespaceOf(_metadata, handle);
        if (user.Length == 0)
        {
            return;
        }

        if (!_uses.TryGetValue(user, out var used))
        {
            _uses[user] = used = [];
        }

        used.UnionWith(Of(type.BaseType));
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            used.UnionWith(Of(_metadata.GetInterfaceImplementation(implementation).Interface));
        }

        foreach (var field in type.GetFields())
        {
            used.UnionWith(_metadata.GetFieldDefinition(field).DecodeSignature(_namespaces, null));
        }

        foreach (var attribute in type.GetCustomAttributes())
        {
            used.UnionWith(Of(_metadata.GetCustomAttribute(attribute).Constructor));
        }

        foreach (var method in type.GetMethods())
        {
            ReadMethod(_metadata.GetMethodDefinition(method), used);
        }
    }

    private void ReadMethod(MethodDefinition method, HashSet<string> used)
    {
        used.UnionWith(NamespaceReader.All(method.DecodeSignature(_namespaces, null)));
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            var locals = _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_namespaces, null);
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
                return [NamespaceReader.NamespaceOf(_metadata, (TypeDefinitionHandle)handle)];
            case HandleKind.TypeReference:
                return [NamespaceReader.NamespaceOf(_metadata, (TypeReferenceHandle)handle)];
            case HandleKind.TypeSpecification:
                return _metadata
                    .GetTypeSpecification((TypeSpecificationHandle)handle)
                    .DecodeSignature(_namespaces, null);
            case HandleKind.FieldDefinition:
                return Of(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MethodDefinition:
                return Of(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MemberReference:
                return Of(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
            case HandleKind.MethodSpecification:
                var method = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return method
                    .DecodeSignature(_namespaces, null)
                    .Aggregate(Of(method.Method), (all, next) => all.Union(next));
            default:
                return NamespaceReader.None;
        }
    }
}
