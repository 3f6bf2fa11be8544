import dataclasses
import json

import pytest

from tfgan_suite.metrics.protocol import Protocol, package_versions

PROTOCOL = Protocol(
    embedder="network",
    embedder_hash="abc",
    resize="none",
    real_source="digits",
    real_split="train",
    num_real=1797,
    num_fake=1000,
    settings=(("num_neighbors", 5), ("ddm_distance", "euclidean")),
)


def test_names_the_versions():
    versions = dict(PROTOCOL.versions)
    assert {"tensorflow", "numpy"} <= set(versions)
    assert PROTOCOL.versions == package_versions()


def test_goes_through_json():
    assert Protocol.from_dict(json.loads(json.dumps(PROTOCOL.to_dict()))) == PROTOCOL


def test_reads_protocols_of_before_there_were_settings():
    values = PROTOCOL.to_dict()
    del values["settings"], values["fake_source"]
    assert Protocol.from_dict(values) == dataclasses.replace(PROTOCOL, settings=())


def test_the_same_protocol_has_no_differences():
    other = dataclasses.replace(PROTOCOL)
    assert PROTOCOL.differences(other) == {}
    PROTOCOL.require_same(other)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Protocol)])
def test_every_field_counts_and_may_be_ignored(field):
    other = dataclasses.replace(PROTOCOL, **{field: "other"})
    assert PROTOCOL.differences(other) == {field: (getattr(PROTOCOL, field), "other")}
    assert PROTOCOL.differences(other, ignore=[field]) == {}
    PROTOCOL.require_same(other, ignore=[field])
    with pytest.raises(ValueError, match=rf"same protocol. Received: {field}=\(.*'other'\)"):
        PROTOCOL.require_same(other)


def test_from_dict_refuses_other_fields():
    values = PROTOCOL.to_dict()
    del values["seed"]
    with pytest.raises(ValueError, match=r"missing=\['seed'\], unknown=\['sead'\]"):
        Protocol.from_dict({**values, "sead": 1})
