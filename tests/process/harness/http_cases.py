"""The rows H of the hardening list as bytes, and what the node must answer to them.

A sound request here is a refresh with a token that is not ours: 401 says that its head and body
were read to the end and understood.
"""

from dataclasses import dataclass

BODY = b'{"refresh_token":"x"}'
CHUNKED = b"15\r\n" + BODY + b"\r\n0\r\n\r\n"
SOUND = (401, "unauthenticated")
FRAMING = (400, "ambiguous_framing")
MALFORMED = (400, "malformed_request")
CHUNK = (400, "malformed_chunk")


@dataclass
class Case:
    row: str
    what: str
    data: bytes
    status: int
    code: str | None
    closes: bool
    method: str = "GET"

    def __str__(self):
        return f"{self.row} {self.what}"


def post(*fields, body=BODY, version=b"HTTP/1.1", host=b"Host: x"):
    head = [b"POST /v1/auth/refresh " + version, host, b"Content-Type: application/json", *fields]
    return b"\r\n".join([line for line in head if line]) + b"\r\n\r\n" + body


def sized(*fields, body=BODY, **more):
    return post(b"Content-Length: %d" % len(body), *fields, body=body, **more)


def chunks(body, *fields):
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


def get(*fields, target=b"/healthz", version=b"HTTP/1.1", host=b"Host: x", method=b"GET"):
    head = [method + b" " + target + b" " + version, host, *fields]
    return b"\r\n".join([line for line in head if line]) + b"\r\n\r\n"


def refused(row, what, data, answer, closes=True, method="GET"):
    return Case(row, what, data, answer[0], answer[1], closes, method)


def taken(row, what, data, status=200, method="GET"):
    return Case(row, what, data, status, None if status < 400 else "unauthenticated", False, method)


TE, CL = b"Transfer-Encoding: ", b"Content-Length: "

LENGTHS = [
    taken("-", "a sound body of a length", sized(), 401),
    taken("-", "a sound body in chunks", chunks(CHUNKED), 401),
    refused("H1", "a length, then chunks",
            post(CL + b"21", TE + b"chunked", body=CHUNKED), FRAMING),
    refused("H1", "chunks, then a length",
            post(TE + b"chunked", CL + b"21", body=CHUNKED), FRAMING),
    refused("H2", "gzip and a length", post(TE + b"gzip", CL + b"21"), FRAMING),
    refused("H3", "identity", post(TE + b"identity"), FRAMING),
    refused("H3", "identity and a length", post(TE + b"identity", CL + b"21"), FRAMING),
    refused("H4", "xchunked", post(TE + b"xchunked", body=CHUNKED), FRAMING),
    refused("H4", "chunked is not last", post(TE + b"chunked, gzip", body=CHUNKED), FRAMING),
    refused("H5", "chunked, identity", post(TE + b"chunked, identity", body=CHUNKED), FRAMING),
    refused("H6", "chunked, chunked", post(TE + b"chunked, chunked", body=CHUNKED), FRAMING),
    refused("H7", "chunked in two fields",
            post(TE + b"chunked", TE + b"chunked", body=CHUNKED), FRAMING),
    refused("H8", "gzip, chunked", post(TE + b"gzip, chunked", body=CHUNKED),
            (501, "unsupported_transfer_coding")),
    refused("H9", "space before the colon",
            post(b"Transfer-Encoding : chunked", body=CHUNKED), MALFORMED),
    taken("H10", "tab before chunked", post(b"Transfer-Encoding:\tchunked", body=CHUNKED), 401),
    refused("H10", "vertical tab before chunked",
            post(b"Transfer-Encoding: \x0bchunked", body=CHUNKED), MALFORMED),
    refused("H11", "chunked in HTTP/1.0",
            post(TE + b"chunked", body=CHUNKED, version=b"HTTP/1.0"), FRAMING),
    refused("H12", "the same length twice", sized(CL + b"21"), FRAMING),
    refused("H13", "two lengths", sized(CL + b"20"), FRAMING),
    refused("H14", "a list of lengths", post(CL + b"21, 21"), FRAMING),
    *[refused("H15", f"a length of {value!r}", post(CL + value), MALFORMED)
      for value in (b"+21", b"-1", b"0x15", b"", b"21a", b"2 1")],
    *[refused("H16", f"a length of {value!r}", post(CL + value), (413, "payload_too_large"))
      for value in (b"18446744073709551616", b"18446744073709551615", b"9" * 40, b"1048577")],
    refused("H18", "leading zeros", post(CL + b"0021"), MALFORMED),
    refused("H19", "no length where a body is due", post(body=b""), (411, "length_required"),
            closes=False),
]

CHUNKS = [
    *[refused("H22", f"a chunk size of {size!r}",
              chunks(size + b"\r\n" + BODY + b"\r\n0\r\n\r\n"), CHUNK)
      for size in (b"fffffffffffffffff", b"-15", b" 15", b"0x15", b"", b"g", b"1_5")],
    refused("H23", "space behind a chunk size",
            chunks(b"15 \r\n" + BODY + b"\r\n0\r\n\r\n"), CHUNK),
    refused("H23", "a bare LF behind a chunk size", chunks(b"15\n" + BODY + b"\n0\n\n"), CHUNK),
    refused("H23", "a bare LF behind an extension",
            chunks(b"15;a=b\n" + BODY + b"\r\n0\r\n\r\n"), CHUNK),
    taken("H24", "chunk extensions", chunks(b'15;a;b=c;d="e\\"f"\r\n' + BODY + b"\r\n0;x\r\n\r\n"),
          401),
    refused("H25", "257 bytes of extension",
            chunks(b"15;" + b"x" * 256 + b"\r\n" + BODY + b"\r\n0\r\n\r\n"), CHUNK),
    refused("H26", "more data than the chunk's size", chunks(b"14\r\n" + BODY + b"\r\n0\r\n\r\n"),
            CHUNK),
    refused("H27", "a trailer", chunks(b"15\r\n" + BODY + b"\r\n0\r\nX: y\r\n\r\n"),
            (400, "trailers_not_allowed")),
    *[refused("H28", f"the trailer {field!r}",
              chunks(b"15\r\n" + BODY + b"\r\n0\r\n" + field + b"\r\n\r\n"),
              (400, "trailers_not_allowed"))
      for field in (b"Content-Length: 1", b"Authorization: Bearer x", b"Host: y")],
    refused("H29", "an empty body in chunks", chunks(b"0\r\n\r\n"), (400, "malformed_json"),
            closes=False),
]

HOSTS = [
    refused("H31", "no Host", get(host=b""), (400, "missing_host")),
    refused("H32", "two Hosts", get(b"Host: x"), MALFORMED),
    *[refused("H33", f"a Host of {host!r}", get(host=b"Host: " + host), MALFORMED)
      for host in (b"", b"a b", b"user@x", b"x:99999", b"x:-1", b"[::1", b"x/y")],
    *[taken("H33", f"a Host of {host!r}", get(host=b"Host: " + host))
      for host in (b"x:", b"x:80", b"[::1]:8080", b"EXAMPLE.org")],
]

FIELDS = [
    refused("H35", "bare LF line ends", b"GET /healthz HTTP/1.1\nHost: x\n\n", MALFORMED),
    refused("H35", "a bare LF in the fields", b"GET /healthz HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
            MALFORMED),
    *[refused("H36", f"{byte!r} in a value", get(b"X-A: a" + byte + b"b"), MALFORMED)
      for byte in (b"\r", b"\x00", b"\x7f", b"\x01", b"\x1b")],
    *[refused("H37", f"{name!r} with a byte above 0x7f", get(name + b": \xe9"), MALFORMED)
      for name in (b"Authorization", b"Content-Type", b"Connection", b"Upgrade",
                   b"Idempotency-Key", b"If-Match", b"Origin", b"traceparent")],
    taken("H37", "another field with a byte above 0x7f", get(b"X-A: caf\xe9")),
    refused("H38", "a folded field", get(b"X-A: b\r\n c"), MALFORMED),
    *[refused("H39", f"the field {field!r}", get(field), MALFORMED)
      for field in (b"no colon", b": empty", b"a b: c", b"a(b: c", b"a\tb: c", b"\xe9: c")],
    refused("H40", "space before the first field", b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n",
            MALFORMED),
    taken("H41", "100 fields", get(*[b"A%d: b" % n for n in range(99)])),
    refused("H41", "101 fields", get(*[b"A%d: b" % n for n in range(100)]),
            (431, "header_fields_too_large")),
    refused("H41", "900 tiny fields", get(*[b"a: b"] * 900), (431, "header_fields_too_large")),
    taken("H42", "15 KiB of fields", get(b"X-A: " + b"x" * 15_000)),
    refused("H42", "17 KiB in one field", get(b"X-A: " + b"x" * 17_000),
            (431, "header_fields_too_large")),
    refused("H42", "17 KiB in many fields", get(*[b"X-A: " + b"x" * 1_000] * 17),
            (431, "header_fields_too_large")),
    refused("H61", "Connection lists Content-Length", sized(b"Connection: content-length"),
            MALFORMED),
    refused("H61", "Connection lists Transfer-Encoding",
            chunks(CHUNKED, b"Connection: close, Transfer-Encoding"), MALFORMED),
    refused("H61", "Connection lists Host", get(b"Connection: Host"), MALFORMED),
    taken("H61", "Connection lists TE", get(b"Connection: TE", b"TE: trailers")),
]

LINES = [
    refused("H43", "a line of 8 KiB", get(target=b"/healthz?" + b"x" * 8_170),
            (400, "unknown_parameter"), closes=False),
    refused("H43", "a line of 8 KiB and 1", get(target=b"/healthz?" + b"x" * 8_184),
            (414, "uri_too_long")),
    refused("J23", "200 parameters", get(target=b"/v1/listings?" + b"&".join(
        b"p%d=1" % n for n in range(200))), (400, "unknown_parameter"), closes=False),
    *[refused("H44", f"the line {line!r}", line + b"\r\nHost: x\r\n\r\n", MALFORMED)
      for line in (b"GET  /healthz HTTP/1.1", b"GET /healthz  HTTP/1.1", b"GET\t/healthz HTTP/1.1",
                   b"GET /heal thz HTTP/1.1", b"GET /healthz HTTP/1.1 ",
                   b" GET /healthz HTTP/1.1")],
    *[refused("H45", f"the target {target!r}", get(target=target), MALFORMED)
      for target in (b"/a\x00b", b"/a\x01b", b"/a\x7fb")],
    *[refused("H46", f"the target {target!r}", get(target=target), MALFORMED)
      for target in (b"/a\xe9", b"/a#b", b"/%zz", b"/%0", b"/%00", b"/%c0%af", b"/%ff",
                     b"/?a=%zz", b"/?a=%00", b"/%ed%a0%80")],
    taken("H46", "brackets in the query", get(target=b"/v1/listings?price[gte]=1")),
    *[Case("H47", f"the target {target!r}", get(target=target), status, code, False)
      for target, status, code in ((b"/v1/../healthz", 404, "not_found"),
                                   (b"//healthz", 404, "not_found"),
                                   (b"/%2e%2e/healthz", 404, "not_found"),
                                   (b"/healthz;a=b", 404, "not_found"),
                                   (b"/./healthz", 404, "not_found"))],
    taken("H48", "the absolute form", get(target=b"http://x/healthz")),
    refused("H49", "CONNECT", get(target=b"x:80", method=b"CONNECT"), (405, "method_not_allowed")),
    refused("H49", "TRACE", get(method=b"TRACE"), (405, "method_not_allowed"), closes=False),
    taken("H50", "OPTIONS *", get(target=b"*", method=b"OPTIONS"), 204),
    refused("H51", "an unknown method", get(method=b"FOOBAR"), (501, "not_implemented"),
            closes=False),
    refused("H51", "a method in small letters", get(method=b"get"), (501, "not_implemented"),
            closes=False),
    *[refused("H52", f"the method {method!r}", get(method=method), MALFORMED)
      for method in (b"G(T", b"G\x00T", b"G\xe9T", b"G:T", b"")],
    refused("H53", "HTTP/2.0", get(version=b"HTTP/2.0"), (505, "http_version_not_supported")),
    refused("H53", "HTTP/0.9", get(version=b"HTTP/0.9"), (505, "http_version_not_supported")),
    *[refused("H53", f"the version {version!r}", get(version=version), MALFORMED)
      for version in (b"http/1.1", b"HTTP/1", b"HTTP/1.", b"HTTP/11", b"HTTP /1.1", b"XTTP/1.1")],
    refused("H53", "no version", b"GET /healthz\r\nHost: x\r\n\r\n", MALFORMED),
    taken("H53", "HTTP/1.9", get(version=b"HTTP/1.9")),
    refused("H54", "the HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            (505, "http_version_not_supported")),
    refused("H55", "a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x07" * 32,
            MALFORMED),
    taken("H56", "four empty lines before", b"\r\n" * 4 + get()),
    refused("H56", "five empty lines before", b"\r\n" * 5 + get(), MALFORMED),
    refused("H57", "GET with a body", get(CL + b"2") + b"{}", (400, "unexpected_body"),
            closes=True),
    taken("H57", "GET with an empty body", get(CL + b"0")),
    taken("H58", "Expect: 100-continue", sized(b"Expect: 100-continue"), 401),
    refused("H58", "another expectation", sized(b"Expect: tea"), (417, "expectation_failed")),
    refused("H59", "Expect with a body over the limit",
            post(CL + b"1048577", b"Expect: 100-continue", body=b""), (413, "payload_too_large")),
    taken("H62", "Upgrade: h2c", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
                                     b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")),
    refused("H70", "a body in gzip", sized(b"Content-Encoding: gzip"), (415, "unsupported_media"),
            closes=True),
]

CASES = [*LENGTHS, *CHUNKS, *HOSTS, *FIELDS, *LINES]
