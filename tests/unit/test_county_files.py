"""The files of a hundred counties: made by one command, and every fault of them told."""

import shutil
from pathlib import Path

import pytest
import yaml

from common.county import County
from counties import copy, run
from yishi.county import K8S, registry
from yishi.county.divisions import names
from yishi.county.folders import following

TOWNS = (
    "code,name,level,parent\n620103001000,西园街道,township,620103000000\n620103101000,阿干镇,township,620103000000\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Have a copy of deploy/k8s to work in."""
    return copy(tmp_path)


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_the_counties_that_are_here_are_without_fault() -> None:
    assert run("check") == (0, "", "")
    assert len(registry.Registry.load(K8S).rows) >= 9


def test_what_follows_from_the_registry_is_as_it_would_be_written_today() -> None:
    for file, text in following(registry.Registry.load(K8S)).items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: `yishi county new` writes it"
    flux = list(yaml.safe_load_all((K8S / "gitops/flux/counties.yaml").read_text(encoding="utf-8")))
    first = [one["metadata"]["name"] for one in flux if not one["spec"]["dependsOn"]]
    assert first == ["yishi-620000", "yishi-620102"]


def test_argo_has_a_step_for_every_wave() -> None:
    told = yaml.safe_load((K8S / "gitops/argocd/applicationset.yaml").read_text(encoding="utf-8"))["spec"]
    steps = told["strategy"]["rollingSync"]["steps"]
    waves = [value for step in steps for match in step["matchExpressions"] for value in match["values"]]
    assert waves == sorted(waves)
    assert {str(row.wave) for row in registry.Registry.load(K8S).rows} <= set(waves)
    assert told["generators"][0]["git"]["files"] == [{"path": "deploy/k8s/registry.yaml"}]


def test_every_county_of_gansu_can_be_made_and_is_then_without_fault(root: Path) -> None:
    there = {row.code for row in registry.Registry.load(root).rows}
    assert len([code for code in names() if not code.endswith("00")]) == 86
    for code in names().keys() - there:
        status, _, err = run("new", code, "--root", root)
        assert (status, err) == (0, "")
    assert run("check", "--root", root) == (0, "", "")
    users = yaml.safe_load((root / "counties/620000/hosted.yaml").read_text(encoding="utf-8"))
    assert len(users) == sum(row.profile == "hosted" for row in registry.Registry.load(root).rows)
    signature = County.load(root / "counties/622927/county.yaml").signature
    assert signature == "积石山议事"


def test_a_new_county_has_the_townships_of_the_table_it_is_given(root: Path, tmp_path: Path) -> None:
    table = tmp_path / "divisions.csv"
    table.write_text("\ufeff" + TOWNS, encoding="utf-8")
    code, out, _ = run("new", "620103", "--divisions", table, "--host", "qilihe.gov.example", "--root", root)
    assert code == 0
    assert "no townships" not in out
    made = County.load(root / "counties" / "620103" / "county.yaml")
    kinds = [(d.name, d.kind) for d in made.divisions]
    assert kinds == [("七里河区", "county"), ("西园街道", "street"), ("阿干镇", "town")]
    assert made.leading_group
    assert made.leading_group.first_head == "区委书记"
    assert made.leaders == []
    model = County.load(K8S / "counties" / "620102" / "county.yaml")
    assert (made.templates, made.scope, made.systems) == (model.templates, model.scope, model.systems)
    assert registry.settings(root / "counties" / "620103")["HOST"] == "qilihe.gov.example"
    assert "is there already" in run("new", "620103", "--root", root)[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("620199",), "620199 is not a county of Gansu; beside it there are 620102 城关区"),
        (("110101",), "110101 is not a county of Gansu"),
        (("620103", "--profile", "moon"), "'moon' is none; there are hosted, standalone, hub"),
        (("620199", "--profile", "moon"), "620199 is not a county"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(root: Path, arguments: tuple[str, ...], told: str) -> None:
    before = sorted(root.rglob("*"))
    code, _, err = run("new", *arguments, "--root", root)
    assert code == 1
    assert told in err
    assert sorted(root.rglob("*")) == before


def test_a_table_without_the_county_is_refused_and_leaves_nothing(root: Path, tmp_path: Path) -> None:
    table = tmp_path / "divisions.csv"
    table.write_text(TOWNS, encoding="utf-8")
    assert "nothing that lies in 620104" in run("new", "620104", "--divisions", table, "--root", root)[2]
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "is not a table code,name,level,parent" in run("new", "620104", "--divisions", table, "--root", root)[2]
    assert not (root / "counties" / "620104").exists()


def test_every_disagreement_is_told_at_once(root: Path) -> None:
    shutil.rmtree(root / "counties" / "620523")
    (root / "counties" / "999999").mkdir()
    edit(root / "counties/620321/county.env", "HOST=620321", "HOST=620402")
    edit(root / "counties/620402/kustomization.yaml", "profiles/hosted", "profiles/standalone")
    edit(root / "counties/621023/kustomization.yaml", "namespace: yishi-621023", "namespace: default")
    edit(root / "counties/621027/county.yaml", 'code: "621027"', 'code: "621028"')
    (root / "counties/621122/county.env").unlink()
    categories = yaml.safe_load((root / "counties/620102/county.yaml").read_text("utf-8"))
    categories["scope"]["categories"] = {"file": "categories.csv"}
    (root / "counties/620102/county.yaml").write_text(yaml.safe_dump(categories, allow_unicode=True), "utf-8")
    edit(root / "counties/623022/county.env", "HOST=623022.yishi.example", "HOST=not a host")
    edit(root / "registry.yaml", "陇西县, profile", "陇东县, profile")
    code, out, _ = run("check", "--root", root)
    assert code == 1
    for told in (
        "registry.yaml: 620523 has no folder counties/620523",
        "counties/999999: is not in registry.yaml",
        "counties/620402/county.env: HOST 620402.yishi.example is that of 620321 already",
        "counties/620402/kustomization.yaml: the registry says profile hosted",
        "counties/621023/kustomization.yaml: the namespace must be yishi-621023",
        "counties/621027/county.yaml: code must be 621027",
        "counties/621122/county.env: is missing",
        "counties/620102/kustomization.yaml: categories.csv must stand beside county.yaml",
        "counties/623022/county.env: HOST 'not a host' is not a host name",
        "registry.yaml: 621122 is called 陇西县, not 陇东县",
    ):
        assert told in out


def test_a_county_that_lacks_what_the_model_has_is_told_of_but_not_refused(root: Path) -> None:
    edit(root / "counties/620321/county.yaml", "  household.told:", "  household.tell:")
    code, out, _ = run("check", "--warnings", "--root", root)
    assert code == 0
    assert "counties/620321/county.yaml: has no templates.household.told, as 620102 has" in out
    assert run("check", "--root", root) == (0, "", "")


def test_a_county_file_with_ten_faults_is_told_all_ten(tmp_path: Path) -> None:
    document = yaml.safe_load((K8S / "counties/620102/county.yaml").read_text(encoding="utf-8"))
    document["code"] = "62"
    document["name"] = {"zh": "城关区"}
    document["divisions"][0]["kind"] = "planet"
    document["divisions"][1]["code"] = "12"
    document["systems"][0]["name"] = "Hotline 12345"
    document["deadlines"]["handling"] = 0
    document["quiet_hours"]["start"] = "25:00"
    document["signature"] = "城关区协商议事办公室短信通知"
    document["gateways"][0]["weight"] = -1
    document["unknown"] = True
    file = tmp_path / "county.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    code, out, _ = run("check", file)
    assert code == 1
    assert len(out.splitlines()) == 10
    assert {line.partition(":")[0] for line in out.splitlines()} == {
        *("code", "name.en", "divisions.0.kind", "divisions.1.code", "systems.0.name", "deadlines.handling"),
        *("quiet_hours.start", "signature", "gateways.0.weight", "unknown"),
    }


def test_a_registry_with_an_entry_that_is_none_says_which(root: Path) -> None:
    with (root / "registry.yaml").open("a", encoding="utf-8") as file:
        file.write('- {code: "620105", name: 安宁区}\n- 620111\n')
    code, _, err = run("check", "--root", root)
    assert code == 1
    assert "entry 10 must say code, name, profile, wave" in err
    assert "entry 11 must say" in err


def test_a_wave_takes_a_version_and_the_others_keep_theirs(root: Path) -> None:
    assert "there is no version '9.9.9'" in run("upgrade", "9.9.9", "--wave", 1, "--root", root)[2]
    shutil.copytree(root / "versions" / "0.1.0", root / "versions" / "0.2.0")
    code, out, _ = run("upgrade", "0.2.0", "--wave", 1, "--root", root)
    assert code == 0
    for row in registry.Registry.load(root).rows:
        taken = "versions/0.2.0" in (root / "counties" / row.code / "kustomization.yaml").read_text("utf-8")
        assert taken == (row.wave == 1) == (row.code in out)
    assert run("check", "--root", root)[0] == 0
    assert run("upgrade", "0.2.0", "--wave", 1, "--root", root)[1] == ""
