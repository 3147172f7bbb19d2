"""Values that fit a schema of the document, and values that do not: so that bad input is made for
every route from the route's own description."""

import copy

# What a pattern cannot tell.
KNOWN = {
    "email": "sample@example.org", "password": "correct horse", "category": "bikes",
    "payment_method": "pm_card_visa", "client_msg_id": "sample-1",
    "price": {"amount": 100, "currency": "EUR"},
}


def kind_of(schema):
    """The schema itself, of something that may be null."""
    if "anyOf" in schema:
        return next(one for one in schema["anyOf"] if one.get("type") != "null")
    return schema


def sample(document, name, schema):
    """Something that fits."""
    schema = document.resolved(kind_of(document.resolved(schema)))
    if name in KNOWN:
        return KNOWN[name]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return sample_object(document, schema)
    if schema["type"] == "array":
        return [sample(document, name, schema["items"])]
    if schema["type"] == "integer":
        return max(1, schema.get("minimum", 1))
    if schema["type"] == "boolean":
        return True
    assert schema["type"] == "string", f"no sample is known for {name}: {schema}"
    return "x" * max(1, schema.get("minLength", 1))


def sample_object(document, schema):
    """All that is required, and nothing else."""
    return {name: sample(document, name, schema["properties"][name])
            for name in schema.get("required", [])}


def of_wrong_type(document, schema):
    """Values of every JSON type that the schema does not take."""
    schema = document.resolved(kind_of(document.resolved(schema)))
    taken = {"string": str, "integer": int, "object": dict, "array": list, "boolean": bool}
    right = taken[schema.get("type", "string")]
    return [value for value in ("text", 1.5, True, [], {}, 7)
            if type(value) is not right and not (right is int and type(value) is float)]


def out_of_bounds(document, schema):
    """Values of the right type that are too small, too long, too large or unknown."""
    schema = document.resolved(kind_of(document.resolved(schema)))
    if "enum" in schema:
        yield "unheard-of"
    elif schema.get("type") == "string" and "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
        if schema.get("minLength", 0) > 0:
            yield ""
    elif schema.get("type") == "integer":
        yield schema["minimum"] - 1
        yield schema["maximum"] + 1
        yield 1.5


def with_field(body, name, value):
    changed = copy.deepcopy(body)
    changed[name] = value
    return changed
