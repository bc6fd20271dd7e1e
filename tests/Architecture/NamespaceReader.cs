using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Torch2Jax.Architecture;

/// <summary>Decodes signatures into the namespaces of all types in them.</summary>
internal sealed class NamespaceReader : ISignatureTypeProvider<ImmutableHashSet<string>, object?>
{
    public static readonly ImmutableHashSet<string> None = [];

    public ImmutableHashSet<string> GetArrayType(ImmutableHashSet<string> elementType, ArrayShape shape) => elementType;

    public ImmutableHashSet<string> GetByReferenceType(ImmutableHashSet<string> elementType) => elementType;

    public ImmutableHashSet<string> GetFunctionPointerType(MethodSignature<ImmutableHashSet<string>> signature) =>
        All(signature);

    public ImmutableHashSet<string> GetGenericInstantiation(
        ImmutableHashSet<string> genericType,
        ImmutableArray<ImmutableHashSet<string>> typeArguments
    ) => typeArguments.Aggregate(genericType, (all, next) => all.Union(next));

    public ImmutableHashSet<string> GetGenericMethodParameter(object? genericContext, int index) => None;

    public ImmutableHashSet<string> GetGenericTypeParameter(object? genericContext, int index) => None;

    public ImmutableHashSet<string> GetModifiedType(
        ImmutableHashSet<string> modifier,
        ImmutableHashSet<string> unmodifiedType,
        bool isRequired
    ) => modifier.Union(unmodifiedType);

    public ImmutableHashSet<string> GetPinnedType(ImmutableHashSet<string> elementType) => elementType;

    public ImmutableHashSet<string> GetPointerType(ImmutableHashSet<string> elementType) => elementType;

    public ImmutableHashSet<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => None;

    public ImmutableHashSet<string> GetSZArrayType(ImmutableHashSet<string> elementType) => elementType;

    public ImmutableHashSet<string> GetTypeFromDefinition(
        MetadataReader reader,
        TypeDefinitionHandle handle,
        byte rawTypeKind
    ) => [NamespaceOf(reader, handle)];

    public ImmutableHashSet<string> GetTypeFromReference(
        MetadataReader reader,
        TypeReferenceHandle handle,
        byte rawTypeKind
    ) => [NamespaceOf(reader, handle)];

    public ImmutableHashSet<string> GetTypeFromSpecification(
        MetadataReader reader,
        object? genericContext,
        TypeSpecificationHandle handle,
        byte rawTypeKind
    ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public static ImmutableHashSet<string> All(MethodSignature<ImmutableHashSet<string>> signature) =>
        signature.ParameterTypes.Aggregate(signature.ReturnType, (all, next) => all.Union(next));

    /// <summary>The namespace of a type, or of the outermost type around a nested one.</summary>
    public static string NamespaceOf(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = reader.GetTypeDefinition(type.GetDeclaringType());
        }

        return reader.GetString(type.Namespace);
    }

    public static string NamespaceOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        }

        return reader.GetString(type.Namespace);
    }
}
