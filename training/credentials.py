"""The certificate for machines: an Open Badges 3.0 credential and Bitstring status lists, signed as JWT; who signs, as DID and keys.

Open Badges 3.0 (1EdTech) in the W3C data model of verifiable credentials 2.0; Bitstring Status List 1.0; did:web. A credential
holds what the paper prints and nothing else: never the personal number. Pure: values in, documents out.
"""

import base64
import datetime as dt
import gzip
from urllib.parse import urlsplit

import jwt
from django.conf import settings

CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
ISSUER = "Kenya School of Government"
SIZE = 131_072  # entries of a status list: the standard's least, so that nobody is told apart by the list that is asked for
# purpose -> state of certificates whose bit is set. "refresh": a newer credential takes the place of this one.
PURPOSES = {"revocation": "revoked", "suspension": "suspended", "refresh": "superseded"}
NAIROBI = dt.timezone(dt.timedelta(hours=3))


def site():
    return settings.SITE_URL


def did():
    """did:web of the portal's host; a port is written %3A."""
    return "did:web:" + urlsplit(site()).netloc.replace(":", "%3A")


def list_address(purpose, number):
    return f"{site()}/credentials/status/{purpose}/{number}"


def credential(facts, index):
    """The claims of a certificate's credential. `facts`: certificates.Facts; `index`: the certificate's place among all."""
    number, place = divmod(index, SIZE)
    claims = {
        "@context": CONTEXTS,
        "id": f"{site()}/verify/{facts.code}/credential.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.course_title,
        "issuer": {"id": did(), "type": ["Profile"], "name": ISSUER, "url": site()},
        "validFrom": _instant(facts.issued_on),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": facts.holder},
            ],
            "achievement": {
                "id": f"{site()}/courses/{facts.course_code}/#v{facts.version}",
                "type": ["Achievement"],
                "achievementType": "Course",
                "humanCode": facts.course_code,
                "name": facts.course_title,
                "version": str(facts.version),
                "description": facts.course_title,
                "criteria": {"narrative": "Attendance and assessment as the course version requires."},
                "creator": {"id": did(), "type": ["Profile"], "name": ISSUER},
            },
        },
        "evidence": [
            {"id": f"{site()}/verify/{facts.code}/", "type": ["Evidence"], "name": f"Certificate {facts.number}"},
        ],
        "credentialStatus": [
            {
                "id": f"{list_address(purpose, number)}#{place}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(place),
                "statusListCredential": list_address(purpose, number),
            }
            for purpose in PURPOSES
        ],
    }
    if facts.expires_on:
        claims["validUntil"] = _instant(facts.expires_on)
    return claims


def status_list(purpose, number, indexes, at):
    """The claims of a status list: `indexes` of all certificates whose bit is set, as they stand at that instant."""
    bits = bytearray(SIZE // 8)
    for index in indexes:
        place = index - number * SIZE
        bits[place // 8] |= 0x80 >> place % 8  # the first bit is the leftmost
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    return {
        "@context": CONTEXTS[:1],
        "id": list_address(purpose, number),
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did(),
        "validFrom": at.astimezone(NAIROBI).isoformat(timespec="seconds"),
        "credentialSubject": {
            "id": f"{list_address(purpose, number)}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": "u" + packed,
            "ttl": 1000,
        },
    }


def sign(claims, kid, secret, typ="vc+jwt"):
    """The claims as a compact JWT, signed with Ed25519."""
    # Registered names beside the credential's own, as Open Badges asks for.
    registered = {"iss": did(), "jti": claims["id"], "nbf": int(dt.datetime.fromisoformat(claims["validFrom"]).timestamp())}
    if "validUntil" in claims:
        registered["exp"] = int(dt.datetime.fromisoformat(claims["validUntil"]).timestamp())
    return jwt.encode(claims | registered, secret, algorithm="EdDSA", headers={"kid": f"{did()}#{kid}", "typ": typ})


def enveloped(token):
    """A signed credential as JSON: the token within an envelope of the data model."""
    return {"@context": CONTEXTS[0], "id": f"data:application/vc+jwt,{token}", "type": "EnvelopedVerifiableCredential"}


def key_set(keys):
    """JWK set of [(kid, public key as base64url)]."""
    return {"keys": [_jwk(kid, public) for kid, public in keys]}


def did_document(keys):
    """The DID document of the portal: every key that ever signed, so that old credentials verify."""
    me = did()
    methods = [{"id": f"{me}#{kid}", "type": "JsonWebKey", "controller": me, "publicKeyJwk": _jwk(kid, x)} for kid, x in keys]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": me,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
        "service": [{"id": f"{me}#profile", "type": "LinkedDomains", "serviceEndpoint": site()}],
    }


def _jwk(kid, public):
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": public}


def _instant(day):
    return dt.datetime.combine(day, dt.time(), NAIROBI).isoformat()
