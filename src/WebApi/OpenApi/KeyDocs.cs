using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of keys and of the audit.</summary>
internal static class KeyDocs
{
    private const string Tag = "Keys";

    private const string Key =
        """{"id":1,"name":"operations","role":"admin","prefix":"t2j_k3v9x0ab","ratePerMinute":null,"createdAt":"2026-11-23T10:00:00Z","expiresAt":null,"revokedAt":null,"lastUsedAt":null""";

    public static readonly OperationDoc Add = new(
        "addKey",
        Tag,
        "Make an API key",
        "The answer holds the key: it is told this once, and only its hash is kept. From the first key on every request needs "
            + "one; the first must therefore be an admin's."
    )
    {
        Bodies =
        [
            new(
                "application/json",
                "NewKey",
                ("admin", "An admin's", """{"name": "operations", "role": "admin"}"""),
                (
                    "invoker",
                    "An invoker's for 90 days, 600 requests a minute",
                    """{"name": "nightly scoring", "role": "invoker", "expiresIn": "90d", "ratePerMinute": 600}"""
                )
            ),
        ],
        Answers =
        [
            new(
                201,
                "The key.",
                "MadeKey",
                Key + ""","key":"t2j_k3v9x0ab_KEY-AS-IT-IS-TOLD-ONCE-0000000000000000000"}"""
            ),
        ],
        Errors = [ErrorCode.Conflict, ErrorCode.UnsupportedMediaType, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc List = new(
        "listKeys",
        Tag,
        "List API keys",
        "All keys that ever were, oldest first, revoked and expired ones too; never the keys themselves."
    )
    {
        Answers = [new(200, "The keys.", "KeyList", """{"keys":[""" + Key + "}]}")],
        Errors = [ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Revoke = new(
        "revokeKey",
        Tag,
        "Revoke an API key",
        "It is refused here at once and by all other instances within a second. The last admin's key can only be revoked by "
            + "the service's command line."
    )
    {
        Parameters = [new("id", true, "string", "The key's number, or its prefix (`t2j_` and eight characters).", "1")],
        Answers = [new(204, "It is revoked.")],
        Errors = [ErrorCode.FunctionNotFound, ErrorCode.Conflict, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Audit = new(
        "listAudit",
        Tag,
        "Read the audit",
        "Who registered, deleted, cleared a cache, made or revoked a key, and when; the newest first."
    )
    {
        Parameters =
        [
            new("limit", false, "integer", "How many, 1 to 1000; 100 by default."),
            new("cursor", false, "string", "The nextCursor of the page before."),
        ],
        Answers =
        [
            new(
                200,
                "A page.",
                "Audit",
                """{"entries":[{"id":7,"at":"2026-11-23T10:00:00Z","actor":"key","keyId":1,"keyName":"operations","action":"delete","function":"cross_entropy","version":null,"sha256":null,"targetKeyId":null,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}],"nextCursor":null}"""
            ),
        ],
        Errors = [ErrorCode.RegistryUnavailable],
    };
}
