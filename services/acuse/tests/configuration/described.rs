//! What each variable is, in the order of their names.

/// What the page begins with.
pub(crate) const INTRODUCTION: &str = "\
# Configuration

Made from the code by a test: what each service asks for at its start, with the ranges and defaults that it applies itself.

Services read environment variables, and the flat TOML file that `ACUSE_CONFIG` names: there `listen = \"0.0.0.0:7002\"` is
`ACUSE_LISTEN`, and a list is an array. A variable wins over the file, an empty one is as good as absent, and a key of the file that
is no setting is a fault. Every fault is told at once, by the variable's name and never with its value, and the service does not
start. Numbers are whole. The value of a \"file\" is the name of one, which is read at the start.
";

/// About what all services read alike.
pub(crate) const OF_ALL: &str = "Read by each of the four, with the same meaning.";

/// About what one service reads beside it, or otherwise than the others do.
pub(crate) const OF_ONE: &[(&str, &str)] = &[
    ("ingestion", "Takes in webhooks and registrations."),
    (
        "message-state",
        "Keeps the evidence and what became of each message.",
    ),
    ("reporting", "Answers with figures and rows."),
    ("export", "Makes files of reports."),
];

/// About what the command reads.
pub(crate) const OF_COMMAND: &str = "\
Options that may be given by the environment; an option on the command line wins. `acuse up` tells its services where they are and
whom they trust, and hands on every other variable of the services above. Its file `env` sets what the other commands need.";

/// What each variable is. Each that is read is here, and no other.
pub(crate) const DESCRIBED: &[(&str, &str)] = &[
    (
        "ACUSE_ALLOW_DEVELOPMENT_HS256",
        "Whether a shared secret in the key set may sign tokens. For development alone",
    ),
    (
        "ACUSE_ALLOW_PLAINTEXT",
        "Whether to listen without TLS elsewhere than on loopback, and to call peers so: where something else encrypts what goes over the network",
    ),
    ("ACUSE_AUDIENCE", "For whom tokens must be (`aud`)"),
    (
        "ACUSE_BROWSER_ORIGINS",
        "Origins of the web pages whose scripts may call over gRPC-Web, as `https://desk.example.com`",
    ),
    (
        "ACUSE_COMMIT_LANES",
        "Transactions under way at once. Each workspace goes through one lane, and each lane has a connection: there have to be five connections more than lanes",
    ),
    (
        "ACUSE_COMMIT_LINGER_MILLIS",
        "How long a transaction waits for more calls to join it, in milliseconds",
    ),
    (
        "ACUSE_COMMIT_MAX_ITEMS",
        "Events of one transaction at most",
    ),
    (
        "ACUSE_COMMIT_QUEUE_ITEMS",
        "Events that wait for a lane at most; then calls are turned away with `RESOURCE_EXHAUSTED`",
    ),
    ("ACUSE_CONFIG", "TOML file with further settings"),
    (
        "ACUSE_CONNECTION_AGE_SECONDS",
        "How long a connection of a caller is kept, so that callers find new replicas",
    ),
    (
        "ACUSE_COPIES_MIB",
        "Memory for copies of messages at most, in MiB; with 0 what no rollup tells is read from rows",
    ),
    (
        "ACUSE_DATABASE_CA",
        "Authorities that the database's certificate may be from, as PEM. With it the URL says `sslmode=verify-full` unless it says otherwise",
    ),
    (
        "ACUSE_DATABASE_CONNECTIONS",
        "Connections to the database at most, all told",
    ),
    (
        "ACUSE_DATABASE_URL",
        "The database, as `postgres://user:password@host:port/name`; `?sslmode=verify-full` behind it asks for TLS ([what each mode does](operations.md#tls)). For reporting a read replica will do where `ACUSE_PRIMARY_DATABASE_URL` is given",
    ),
    (
        "ACUSE_DOWNLOAD_SECRET",
        "Signs addresses of files: 32 bytes or more, the same for all replicas. Without one, addresses end with the process that gave them",
    ),
    (
        "ACUSE_DRAIN_ENTRIES",
        "Entries of the inbox that are claimed in one go at most; no more than two for each worker",
    ),
    (
        "ACUSE_DRAIN_SECONDS",
        "How long calls under way are waited for when the service is told to stop",
    ),
    ("ACUSE_DRAIN_WORKERS", "How many work off the inbox at once"),
    ("ACUSE_EXPORT", "Where export listens"),
    (
        "ACUSE_EXPORT_FOLDER",
        "Folder for the files, shared by all replicas; or else `ACUSE_EXPORT_S3_BUCKET`",
    ),
    ("ACUSE_EXPORT_KEEP_DAYS", "How long files are kept, in days"),
    (
        "ACUSE_EXPORT_LEASE_SECONDS",
        "After how long another replica takes over an export whose worker is gone",
    ),
    (
        "ACUSE_EXPORT_S3_ACCESS_KEY_ID",
        "Id of the access key; without one, the machine says who it is: a web identity of Kubernetes, or the instance's role",
    ),
    (
        "ACUSE_EXPORT_S3_ALLOW_PLAINTEXT",
        "Whether the bucket may be called without TLS",
    ),
    (
        "ACUSE_EXPORT_S3_BUCKET",
        "Bucket for the files, which has to be there; or else `ACUSE_EXPORT_FOLDER`",
    ),
    (
        "ACUSE_EXPORT_S3_CA",
        "Authorities that the bucket's certificate may be from, as PEM; those that the machine trusts if absent",
    ),
    (
        "ACUSE_EXPORT_S3_ENDPOINT",
        "Where the bucket is, as `https://minio.example.com:9000`; AWS if absent",
    ),
    ("ACUSE_EXPORT_S3_REGION", "Region of the bucket"),
    (
        "ACUSE_EXPORT_S3_SECRET_ACCESS_KEY",
        "Secret of the access key",
    ),
    (
        "ACUSE_EXPORT_S3_SECRET_ACCESS_KEY_FILE",
        "File that holds it instead",
    ),
    (
        "ACUSE_EXPORT_S3_VIRTUAL_HOSTED",
        "Whether the bucket is named by the host, and not by the path",
    ),
    (
        "ACUSE_EXPORT_WORKERS",
        "Exports that one replica makes at once; with 0 it makes none",
    ),
    (
        "ACUSE_FIRST_PORT",
        "First of the ports on which `acuse up` has its services listen",
    ),
    (
        "ACUSE_HOME",
        "Folder of `acuse up` for the database, keys and files",
    ),
    ("ACUSE_INGESTION", "Where ingestion listens"),
    ("ACUSE_ISSUER", "Who issues the tokens (`iss`)"),
    (
        "ACUSE_JWKS",
        "File with the public keys that tokens are signed with, as a JSON Web Key Set. It is looked at again every few seconds. Beside `ACUSE_JWKS_URL` it may be left out; where services call each other, their keys have to be in one of the two",
    ),
    (
        "ACUSE_JWKS_CA",
        "Authorities that the certificate of `ACUSE_JWKS_URL` may be from, as PEM; those that the machine trusts if absent",
    ),
    (
        "ACUSE_JWKS_URL",
        "Where the issuer of tokens publishes its keys, as `https://id.example.com/.well-known/jwks.json`; `http://` on this machine alone. It is asked again every five minutes, and when a token names a key that is not known, every ten seconds at most. While it does not answer, the keys that were had last stay; at the start it has to",
    ),
    (
        "ACUSE_KEEP_CHANGES_HOURS",
        "How long changes are kept for those who follow them, in hours",
    ),
    (
        "ACUSE_KEY",
        "Private key that signs the command's own tokens",
    ),
    (
        "ACUSE_LISTEN",
        "Address and port to listen on, as `0.0.0.0:7002`. Elsewhere than on loopback it needs TLS, or `ACUSE_ALLOW_PLAINTEXT`",
    ),
    (
        "ACUSE_LOG",
        "Levels of the log, as `info` or `warn,acuse_rpc=debug`",
    ),
    ("ACUSE_LOG_FORMAT", "`human`, or `json`: an object a line"),
    (
        "ACUSE_MAX_CONCURRENT_CALLS",
        "Calls under way at once; more are turned away with `RESOURCE_EXHAUSTED`",
    ),
    (
        "ACUSE_MAX_DEADLINE_SECONDS",
        "How long a call may take until it answers or begins to stream, whatever its caller would wait",
    ),
    (
        "ACUSE_MAX_MESSAGE_BYTES",
        "Longest request, in bytes after it was decompressed",
    ),
    (
        "ACUSE_MAX_STREAMS_PER_CALLER",
        "Streamed answers that one caller may have open, `ACUSE_MAX_CONCURRENT_CALLS` at most; unless set, no more than a quarter of those either",
    ),
    ("ACUSE_MESSAGE_STATE", "Where message-state listens"),
    (
        "ACUSE_MESSAGE_STATE_ADDRESSES",
        "Where message-state is: `host:port`, or with `http://` or `https://` before it. Calls go round all replicas behind a name. Plaintext to another machine needs `ACUSE_ALLOW_PLAINTEXT`",
    ),
    (
        "ACUSE_MESSAGE_STATE_DEADLINE_SECONDS",
        "How long a call to message-state may take",
    ),
    (
        "ACUSE_METRICS_LISTEN",
        "Address and port where metrics are scraped, over plain HTTP; they are not served without it",
    ),
    (
        "ACUSE_NO_DRAINING",
        "Whether this replica leaves the inbox to others",
    ),
    (
        "ACUSE_NO_FOLDING",
        "Whether this replica leaves it to others to add changes to the figures",
    ),
    (
        "ACUSE_NO_UPKEEP",
        "Whether this replica leaves it to others to make and drop months",
    ),
    (
        "ACUSE_OTLP_ENDPOINT",
        "Where traces are sent with OTLP over gRPC, as `http://collector:4317`; none are sent without it",
    ),
    (
        "ACUSE_OTLP_METRICS_SECONDS",
        "How often metrics are sent there as well; 0 is never",
    ),
    (
        "ACUSE_PAGE_TOKEN_SECRET",
        "Signs page tokens: 32 bytes or more, the same for all replicas. Without one, tokens are good for the process alone that gave them",
    ),
    (
        "ACUSE_PEER_CA",
        "Authorities that certificates of the services called may be from, as PEM",
    ),
    (
        "ACUSE_PRIMARY_DATABASE_URL",
        "The database where saved reports are kept, where `ACUSE_DATABASE_URL` is a read replica",
    ),
    (
        "ACUSE_PUBLIC_URL",
        "How URLs of this service begin for those outside, as `https://hooks.example.com`. Where providers sign the URL that they call, it must be set",
    ),
    (
        "ACUSE_REDIS_CA",
        "Authorities that Redis's certificate may be from, as PEM; those that the machine trusts if absent",
    ),
    (
        "ACUSE_REDIS_URL",
        "The Redis, as `redis://user:password@host:port/number`, or over TLS `rediss://…`",
    ),
    ("ACUSE_REPORTING", "Where reporting listens"),
    (
        "ACUSE_REPORTING_ADDRESSES",
        "Where reporting is: `host:port`, or with `http://` or `https://` before it. Calls go round all replicas behind a name. Plaintext to another machine needs `ACUSE_ALLOW_PLAINTEXT`",
    ),
    (
        "ACUSE_REPORTING_DEADLINE_SECONDS",
        "How long a call to reporting may take",
    ),
    (
        "ACUSE_SECRETS_KEYS",
        "Keys that seal the secrets of integrations, as `id:base64-of-32-bytes`; after commas older ones that still open what they sealed",
    ),
    (
        "ACUSE_SERVICE_KEY",
        "File with the private key that signs this service's calls to its peers, as `acuse keys --service` makes one",
    ),
    (
        "ACUSE_STREAM_BUFFER_MIB",
        "Batches of streams that are under way at once at most, in MiB, each of them twice; who sends more waits",
    ),
    (
        "ACUSE_TLS_CERT",
        "Certificate chain to serve with, as PEM, and to show to peers; plaintext without",
    ),
    (
        "ACUSE_TLS_CLIENT_CA",
        "Authorities whose client certificates are demanded, as PEM; none is demanded without",
    ),
    ("ACUSE_TLS_KEY", "Private key of the certificate, as PEM"),
    (
        "ACUSE_TOKEN",
        "The caller's token; without one the command makes its own with the key",
    ),
    (
        "ACUSE_TRACE_SHARE",
        "Share of the traces that begin here which is sent, from 0 to 1. Those that begin elsewhere are sent as their callers say",
    ),
    (
        "ACUSE_TRUST_FORWARDED",
        "Whether `X-Forwarded-Proto` and `X-Forwarded-Host` are believed where no public URL is set. Only behind a proxy that sets both and that nothing passes by",
    ),
    (
        "ACUSE_WEBHOOK_BUFFER_MIB",
        "Bodies of webhooks that are held at once at most, in MiB; more are turned away with 503",
    ),
];
