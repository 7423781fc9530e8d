"""Content credentials (C2PA 2): who says that a machine made a picture, and whether the file is still what was signed.

The key is a person's own, made on first use and kept in their data folder. Its certificate is signed by nobody else, so
it says who only to those who know it. No time-stamp server is asked, so a signature has no date; nothing goes over the
network.
"""

import contextlib
import datetime
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mengbi.errors import FaultError, OutputError, SourceError
from mengbi.files import write_whole
from mengbi.plan import Plan
from mengbi.settings import home
from mengbi.source import Source

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
"""What can be signed, by suffix."""
OWN = "your own key"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_YEARS = 50
_BETTERED = ("enlarge", "fit", "restore")
_SETTINGS: Mapping[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
    "builder": {"thumbnail": {"enabled": False}},  # a photo that is only named must not be inside
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What the credentials of a file say, and what became of the file since."""

    state: Literal["valid", "altered", "damaged"]
    known_as: str = ""  # whose key it is, of the keys that are known here; empty: a stranger's
    signer: str = ""  # the name in the certificate, which anybody can write
    software: str = ""
    made: str = ""  # "by AI", "with AI from a picture", …, or empty where nothing is said
    ingredients: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # the standard's own codes


def is_installed() -> bool:
    """Whether the extra is there."""
    from importlib.util import find_spec

    return find_spec("c2pa") is not None and find_spec("cryptography") is not None


def check_signing(suffix: str) -> None:
    """Raises FaultError where the extra is missing, OutputError for a kind of file that cannot be signed."""
    _library()
    if suffix.lower() not in KINDS:
        raise OutputError(f"{suffix} files cannot be signed; save as {', '.join(KINDS)}")


def sign(data: bytes, suffix: str, plan: Plan) -> bytes:
    """The file with credentials: made with AI, by which engine, from which photo; the pixels and the rest untouched.

    data: a finished PNG, JPEG or WebP; the plan: of the picture in it. A signature has chance in it: signing twice
    gives two files. Raises FaultError, OutputError.
    """
    check_signing(suffix)
    c2pa, kind = _library(), KINDS[suffix.lower()]
    key, chain = _key_and_chain()
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    out = io.BytesIO()
    photo = _photo(plan)
    with (
        _failing("the file cannot be signed"),
        c2pa.Settings.from_dict(dict(_SETTINGS)) as settings,
        c2pa.Context(settings) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(_manifest(plan, kind, photo), context=context) as builder,
    ):
        if photo is not None:
            ingredient = {"title": photo[0].name, "relationship": "parentOf", "label": "photo"}
            builder.add_ingredient_from_stream(ingredient, photo[1], io.BytesIO(photo[2]))
        builder.sign(signer, kind, io.BytesIO(data), out)
    return out.getvalue()


def read_credentials(path: Path) -> Credentials | None:
    """The credentials in a file, checked; None where there are none. Raises FaultError, SourceError."""
    c2pa = _library()
    data, kind = _file(path)
    found = None
    for name, anchors in (*_known(), ("", "")):
        trust = {"trust": {"user_anchors": anchors}} if anchors else {}
        try:
            with (
                c2pa.Settings.from_dict({**_SETTINGS, **trust}) as settings,
                c2pa.Context(settings) as context,
                c2pa.Reader(kind, io.BytesIO(data), context=context) as reader,
            ):
                state, store = str(reader.get_validation_state()), json.loads(reader.json())
        except c2pa.C2paError as error:
            said = f"{type(error).__name__} {error}"
            if "ManifestNotFound" in said or "NotSupported" in said:  # a kind of file that can hold none
                return None
            return Credentials(state="damaged", problems=(" ".join(str(error).split())[:200],))
        found = _understood(store, state, name)
        if state == "Trusted":
            return found
    return found


def may_have(path: Path) -> bool:
    """Whether a file seems to hold credentials, where they cannot be read."""
    data, _ = _file(path)
    return b"jumb" in data and b"c2pa" in data


def has_key() -> bool:
    """Whether a key was made already."""
    return (_folder() / "key.pem").exists()


def own_key() -> tuple[str, Path]:
    """The name in one's own certificate, made if need be, and the file that others need to know it by."""
    _, chain = _key_and_chain()
    return _name_of(chain), _folder() / "certificate.pem"


def _manifest(plan: Plan, kind: str, photo: tuple[Source, str, bytes] | None) -> dict[str, Any]:
    agent = {"name": "Mengbi", "version": plan.version}
    weights = f", weights {plan.weights[:12]}" if plan.weights else ""
    touches = "".join(f", {touch.name}" for touch in plan.finish)
    said = f"{plan.engine} engine{weights}; style {plan.style.name}{touches}"
    made: dict[str, Any] = {"softwareAgent": agent, "description": said}
    if plan.photo is None:
        made["digitalSourceType"] = f"{_SOURCE_TYPES}trainedAlgorithmicMedia"
    elif _repainted(plan):
        made["digitalSourceType"] = f"{_SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
    elif _worked_on(plan):  # a photo that was only cut or framed is what it was
        made["digitalSourceType"] = f"{_SOURCE_TYPES}algorithmicallyEnhanced"
    actions = [{"action": "c2pa.created", **made}]
    if photo is not None:
        actions = [
            {"action": "c2pa.opened", "parameters": {"ingredientIds": ["photo"]}},
            {"action": "c2pa.edited", **made},
        ]
    return {
        "claim_generator_info": [agent],
        "format": kind,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _repainted(plan: Plan) -> bool:
    """Whether a trained network painted anything over a photo."""
    brushed = plan.style.brushes or any(part.brushes for part, _ in plan.style.parts)
    painted = plan.engine != "photo" and plan.strength != 0  # that engine leaves a photo as it is
    return painted or plan.style_image is not None or bool(brushed)


def _worked_on(plan: Plan) -> bool:
    """Whether a photo that nobody painted over was changed, by treatments, or made larger or cleaner."""
    styles = (plan.style, *(part for part, _ in plan.style.parts))
    return any(style.before or style.after for style in styles) or any(touch.name in _BETTERED for touch in plan.finish)


def _photo(plan: Plan) -> tuple[Source, str, bytes] | None:
    """The photo of the plan where it still is what was planned with: source, kind and bytes."""
    if plan.photo is None:
        return None
    with contextlib.suppress(OSError, SourceError):
        data, kind = _file(Path(plan.photo.path))
        if hashlib.sha256(data).hexdigest() == plan.photo.sha256:
            return plan.photo, kind, data
    return None


def _understood(store: Mapping[str, Any], state: str, known_as: str) -> Credentials:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info", {})
    software = (manifest.get("claim_generator_info") or [{}])[0]
    results = store.get("validation_results", {}).get("activeManifest", {})
    problems = [p.get("code", "") for p in results.get("failure", []) if p.get("code") != "signingCredential.untrusted"]
    types = {
        str(action.get("digitalSourceType", "")).rpartition("/")[2]
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    }
    return Credentials(
        state="valid" if state in ("Valid", "Trusted") else "altered",
        known_as=known_as if state == "Trusted" else "",
        signer=str(signature.get("common_name") or signature.get("issuer") or ""),
        software=" ".join(filter(None, (str(software.get("name", "")), str(software.get("version", ""))))),
        made=next((words for name, words in _MADE.items() if name in types), ""),
        ingredients=tuple(str(i.get("title", "")) for i in manifest.get("ingredients", [])),
        problems=tuple(dict.fromkeys(filter(None, problems))),
    )


_MADE = {
    "compositeWithTrainedAlgorithmicMedia": "with AI from a picture",
    "trainedAlgorithmicMedia": "by AI",
    "compositeSynthetic": "with AI from pictures",
    "algorithmicMedia": "by a program, without AI",
    "algorithmicallyEnhanced": "from a picture that a program improved",
    "digitalCapture": "by a camera",
}


def _known() -> Iterator[tuple[str, str]]:
    """Whose certificates are known: one's own, and those that a person put into credentials/known/."""
    folder = _folder()
    own = folder / "certificate.pem"
    for path in (own, *sorted((folder / "known").glob("*.pem"))):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if path.stat().st_size < 2**16:
                yield (OWN if path == own else path.stem), path.read_text("ascii")


def _key_and_chain() -> tuple[bytes, bytes]:
    """The private key and its certificates, PEM; made on first use, and again when they are no longer valid."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    path = _folder() / "key.pem"
    for _ in range(2):
        if not path.exists():
            _make(path)
        try:
            data = path.read_bytes()
            key = serialization.load_pem_private_key(data, None)
            chain = x509.load_pem_x509_certificates(data)
        except (OSError, ValueError, TypeError) as error:
            raise FaultError(f"{path} — no key of ours ({error}); move it away, and a new one is made") from error
        if chain[0].not_valid_after_utc > datetime.datetime.now(datetime.UTC):
            break
        path.replace(path.with_name(f"key-until-{chain[0].not_valid_after_utc:%Y-%m-%d}.pem"))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificates = b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in chain)
    _publish(chain[-1].public_bytes(serialization.Encoding.PEM))
    return pem, certificates


def _publish(root: bytes) -> None:
    path = _folder() / "certificate.pem"
    if not path.exists() or path.read_bytes() != root:
        write_whole(path, root)


def _make(path: Path) -> None:
    """A key for signing, and a certificate by a second key, which is thrown away: nobody can sign another with it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    shown = leaf.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    print_ = hashlib.sha256(shown).hexdigest()
    name = f"Mengbi key {print_[:4]} {print_[4:8]} {print_[8:12]} {print_[12:16]}"
    certificates = [_certificate(name, leaf, root), _certificate(name, root, root)]
    private = leaf.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    with contextlib.suppress(FileExistsError):  # somebody else was faster: theirs holds
        write_whole(path, private + b"".join(certificates), replace=False)
        path.chmod(0o600)


def _certificate(name: str, key: Any, issuer: Any) -> bytes:
    """What C2PA asks of a signer's certificate: X.509 v3, of a purpose, from an authority, and none itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority = key is issuer
    now = datetime.datetime.now(datetime.UTC)

    def named(words: str) -> x509.Name:
        owner = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "self-signed by a user of Mengbi")
        return x509.Name([owner, x509.NameAttribute(NameOID.COMMON_NAME, words)])

    usage = dict.fromkeys(
        "content_commitment key_encipherment data_encipherment key_agreement encipher_only decipher_only".split(), False
    )
    usage |= {"digital_signature": not authority, "key_cert_sign": authority, "crl_sign": authority}
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(f"{name} root" if authority else name))
        .issuer_name(named(f"{name} root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    signed: bytes = builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return signed


def _name_of(chain: bytes) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    names = x509.load_pem_x509_certificates(chain)[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)


def _folder() -> Path:
    return home() / "credentials"


def _file(path: Path) -> tuple[bytes, str]:
    """Bytes and kind of a picture, opened under the limits of any picture. Raises SourceError."""
    from mengbi.source import open_picture

    kind = str(open_picture(path).format).lower()
    data = path.read_bytes()
    return data, "application/pdf" if data.startswith(b"%PDF-") else f"image/{kind}"


@contextlib.contextmanager
def _failing(words: str) -> Iterator[None]:
    c2pa = _library()
    try:
        yield
    except c2pa.C2paError as found:
        raise FaultError(f"{words} ({' '.join(str(found).split())[:300]})") from found


def _library() -> Any:
    try:
        import c2pa
        import cryptography  # noqa: F401 - the key needs it
    except (ImportError, OSError) as error:
        raise FaultError(
            "content credentials are not installed; pip install 'mengbi[credentials]' brings them"
        ) from error
    return c2pa
