"""What a package-lock.json contains: packages, duplicate versions, licences, install scripts.

Reads the file named by its first argument, prints a report, and leaves the same facts in out/report.json.
The same lock file gives the same bytes on every machine: that is what lets peers agree on the result.
"""
import json
import os
import re
import sys
from collections import Counter


def name_of(path, entry):
    """The name that is installed at a path of the tree: aliases say it themselves."""
    return entry.get("name") or path.rpartition("node_modules/")[2]


def version_key(version):
    """Orders 1.10.0 after 1.9.0, and a pre-release before its release."""
    core, _, rest = version.partition("-")
    return [int(part) if part.isdigit() else 0 for part in core.split(".")], rest == "", version


def report(lock):
    packages = [(name_of(path, entry), path, entry) for path, entry in lock["packages"].items() if path]
    installed = [item for item in packages if not item[2].get("link")]
    versions = {}
    for name, _, entry in installed:
        versions.setdefault(name, set()).add(entry.get("version", "?"))
    licences = Counter(str(entry.get("license", "none stated")) for _, _, entry in installed)
    return {
        "project": lock.get("name", "?"),
        "lockfileVersion": lock.get("lockfileVersion"),
        "packages": len(installed),
        "names": len(versions),
        "production": sum(1 for _, _, entry in installed if not entry.get("dev")),
        "development": sum(1 for _, _, entry in installed if entry.get("dev")),
        "optional": sum(1 for _, _, entry in installed if entry.get("optional") or entry.get("devOptional")),
        "deepest": max((path.count("node_modules/") for _, path, _ in installed), default=0),
        "withoutIntegrity": sorted(name for name, _, entry in installed if not entry.get("integrity")),
        "duplicates": {
            name: sorted(found, key=version_key) for name, found in sorted(versions.items()) if len(found) > 1
        },
        "licences": dict(sorted(licences.items(), key=lambda item: (-item[1], item[0]))),
        "installScripts": sorted(
            f"{name}@{entry.get('version', '?')}" for name, _, entry in installed if entry.get("hasInstallScript")
        ),
        "deprecated": sorted(
            f"{name}@{entry.get('version', '?')}" for name, _, entry in installed if entry.get("deprecated")
        ),
    }


def show(facts):
    print(f"Dependencies of {facts['project']} (lockfile version {facts['lockfileVersion']})")
    print()
    print(f"  packages          {facts['packages']} ({facts['names']} names)")
    print(f"  for production    {facts['production']}")
    print(f"  for development   {facts['development']}")
    print(f"  optional          {facts['optional']}")
    print(f"  deepest nesting   {facts['deepest']}")
    print(f"  no integrity hash {len(facts['withoutIntegrity'])}")
    section("Licences", [f"{count:4}  {licence}" for licence, count in facts["licences"].items()], 12)
    section(
        "Installed in several versions",
        [f"{name}  {', '.join(found)}" for name, found in facts["duplicates"].items()],
        15,
    )
    section("With install scripts", facts["installScripts"], 15)
    section("Deprecated", facts["deprecated"], 10)


def section(title, lines, most):
    print()
    print(f"{title}: {len(lines)}")
    for line in lines[:most]:
        print(f"  {line}")
    if len(lines) > most:
        print(f"  ... and {len(lines) - most} more, see report.json")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "package-lock.json"
    with open(path, encoding="utf-8") as file:
        lock = json.load(file)
    if "packages" not in lock:
        sys.exit(f"{path} has no packages: it is of npm 6 or older; run npm install with a newer npm")
    facts = report(lock)
    # Names of strangers end up on terminals: nothing but printable characters.
    facts = json.loads(re.sub(r"\\u00[01][0-9a-f]|\\u007f", "?", json.dumps(facts)))
    show(facts)
    os.makedirs("out", exist_ok=True)
    with open("out/report.json", "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")


main()
