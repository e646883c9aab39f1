"""Our own strict schemas of the custom resources we use: the fields we use, and no others, so that a typo is found.

Written from each project's documentation of its fields (KEDA 2.19, Gateway API 1.2 and later, prometheus-operator,
External Secrets v1, cert-manager v1, MongoDBCommunity v1). What an operator makes of them is not seen here.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "integer", "minimum": 0}
DURATION: Schema = {"type": "string", "pattern": r"^(\d+(ms|s|m|h|d))+$"}
NAME: Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"}
HOST: Schema = {"type": "string", "pattern": r"^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z][-a-z0-9]*$"}
ANY: Schema = {}


def obj(must: dict[str, Schema], may: dict[str, Schema] | None = None) -> Schema:
    """Make an object with these fields and no others."""
    return {"type": "object", "properties": must | (may or {}), "required": list(must), "additionalProperties": False}


def many(item: Schema) -> Schema:
    """Make a list with something in it."""
    return {"type": "array", "items": item, "minItems": 1}


def one(*values: str) -> Schema:
    """Make a choice."""
    return {"enum": list(values)}


def texts(of: Schema = TEXT) -> Schema:
    """Make an object of any fields with values alike."""
    return {"type": "object", "additionalProperties": of, "minProperties": 1}


SELECTOR = obj({"matchLabels": texts()})
JETSTREAM = obj(
    {"natsServerMonitoringEndpoint": TEXT, "account": TEXT, "stream": TEXT, "consumer": TEXT, "lagThreshold": TEXT},
    {"activationLagThreshold": TEXT, "useHttps": TEXT},
)
REPLACED = obj(
    {"type": one("ReplacePrefixMatch", "ReplaceFullPath")}, {"replacePrefixMatch": TEXT, "replaceFullPath": TEXT}
)
REDIRECT = obj({}, {"scheme": one("https"), "statusCode": {"enum": [301, 302]}, "path": REPLACED})
FILTER = obj(
    {"type": one("URLRewrite", "RequestRedirect")}, {"urlRewrite": obj({"path": REPLACED}), "requestRedirect": REDIRECT}
)
MATCH = obj({"path": obj({"type": one("PathPrefix", "Exact"), "value": {"type": "string", "pattern": "^/"}})})
ROUTE_RULE = obj(
    {}, {"matches": many(MATCH), "filters": many(FILTER), "backendRefs": many(obj({"name": NAME, "port": NUMBER}))}
)
LISTENER = obj(
    {"name": NAME, "port": NUMBER, "protocol": one("HTTP", "HTTPS"), "hostname": HOST},
    {
        "allowedRoutes": obj({"namespaces": obj({"from": one("Same", "All")})}),
        "tls": obj({"mode": one("Terminate"), "certificateRefs": many(obj({"name": NAME}))}),
    },
)
ALERT = obj(
    {
        "alert": TEXT,
        "expr": TEXT,
        "for": DURATION,
        "labels": obj({"severity": one("critical", "warning")}),
        "annotations": obj({"summary": TEXT, "runbook": TEXT}),
    }
)
MONGO_USER = obj(
    {
        "name": NAME,
        "db": one("admin"),
        "passwordSecretRef": obj({"name": NAME, "key": TEXT}),
        "scramCredentialsSecretName": NAME,
        "roles": many(obj({"name": TEXT, "db": TEXT})),
    }
)

SPECS: dict[tuple[str, str], Schema] = {
    ("keda.sh/v1alpha1", "ScaledObject"): obj(
        {
            "scaleTargetRef": obj({"name": NAME}),
            "minReplicaCount": NUMBER,
            "maxReplicaCount": NUMBER,
            "triggers": many(obj({"type": one("nats-jetstream"), "metadata": JETSTREAM})),
        },
        {
            "pollingInterval": NUMBER,
            "cooldownPeriod": NUMBER,
            "fallback": obj({"failureThreshold": NUMBER, "replicas": NUMBER}),
        },
    ),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): obj(
        {"parentRefs": many(obj({"name": NAME}, {"namespace": NAME, "sectionName": NAME})), "rules": many(ROUTE_RULE)},
        {"hostnames": many(HOST)},
    ),
    ("gateway.networking.k8s.io/v1", "Gateway"): obj({"gatewayClassName": NAME, "listeners": many(LISTENER)}),
    ("cert-manager.io/v1", "Certificate"): obj(
        {"secretName": NAME, "dnsNames": many(HOST), "issuerRef": obj({"kind": one("ClusterIssuer"), "name": NAME})},
        {"privateKey": obj({"algorithm": one("ECDSA"), "size": {"enum": [256]}, "rotationPolicy": one("Always")})},
    ),
    ("external-secrets.io/v1", "ExternalSecret"): obj(
        {
            "refreshInterval": DURATION,
            "secretStoreRef": obj({"kind": one("ClusterSecretStore"), "name": NAME}),
            "target": obj({"name": NAME, "creationPolicy": one("Owner"), "deletionPolicy": one("Retain")}),
            "data": many(obj({"secretKey": TEXT, "remoteRef": obj({"key": TEXT, "property": TEXT})})),
        }
    ),
    ("monitoring.coreos.com/v1", "PodMonitor"): obj(
        {
            "selector": SELECTOR,
            "podMetricsEndpoints": many(
                obj(
                    {"port": NAME, "path": TEXT, "interval": DURATION},
                    {"relabelings": many(obj({"sourceLabels": many(TEXT), "targetLabel": TEXT}))},
                )
            ),
        }
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule"): obj({"groups": many(obj({"name": NAME, "rules": many(ALERT)}))}),
    ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity"): obj(
        {
            "type": one("ReplicaSet"),
            "members": NUMBER,
            "version": TEXT,
            "security": obj({"authentication": obj({"modes": many(one("SCRAM"))})}),
            "users": many(MONGO_USER),
        },
        {"additionalMongodConfig": texts(ANY), "statefulSet": obj({"spec": ANY})},
    ),
}
