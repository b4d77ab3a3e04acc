//! The vectors of `test/vectors/`, written by the TypeScript side.
use crate::{amounts, draw, header::Header, merkle, network_domain, totals, Bytes32};
use serde_json::Value;

fn read(name: &str) -> Value {
    let path = format!("{}/../../../test/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("vectors")).expect("json")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("list")
}

fn number(value: &Value) -> u64 {
    text(value).parse().expect("number")
}

fn bytes(value: &Value) -> Vec<u8> {
    let hex = text(value);
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect()
}

fn bytes32(value: &Value) -> Bytes32 {
    bytes(value).try_into().expect("32 bytes")
}

fn path(value: &Value) -> Vec<Bytes32> {
    list(value).iter().map(bytes32).collect()
}

#[test]
fn headers() {
    let vectors = read("headers");
    let domain = &vectors["domain"];
    assert_eq!(network_domain(&bytes32(&domain["idHash"]), &bytes32(&domain["programId"])), bytes32(&domain["domain"]));
    for case in list(&vectors["valid"]) {
        let raw = bytes(&case["bytes"]);
        let header = Header::parse(&raw).expect("a header");
        assert_eq!(header.domain(), &bytes32(&domain["domain"]));
        assert_eq!(header.account(), &bytes32(&case["account"]));
        assert_eq!(header.state_root(), &bytes32(&case["stateRoot"]));
        let numbers =
            [header.epoch(), header.height(), header.time_ms(), header.spent(), header.reserved(), header.last_seq()];
        let names = ["epoch", "height", "timeMs", "spent", "reserved", "lastSeq"];
        assert_eq!(numbers, names.map(|name| number(&case[name])));
        assert_eq!(header.rules_version() as u64, case["rulesVersion"].as_u64().expect("number"));
        assert_eq!(header.sealed(), case["sealed"].as_bool().expect("flag"));
        assert_eq!(crate::sha256(&[header.bytes()]), bytes32(&case["digest"]));
    }
    for case in list(&vectors["invalid"]) {
        assert!(Header::parse(&bytes(case)).is_none(), "{case}");
    }
}

#[test]
fn totals_trees() {
    for case in list(&read("totals")) {
        let size = case["size"].as_u64().expect("size") as u32;
        let (root, rest) = (bytes32(&case["root"]), bytes32(&case["rest"]));
        let mut leaves = vec![];
        for claim in list(&case["claims"]) {
            let leaf = totals::leaf(&bytes32(&claim["payee"]), number(&claim["total"]));
            assert_eq!(leaf, bytes32(&claim["leaf"]));
            let (index, siblings) = (claim["index"].as_u64().expect("index") as u32, path(&claim["path"]));
            assert_eq!(merkle::root_from_proof(leaf, index, size, &siblings), Some(root));
            assert_ne!(merkle::root_from_proof(leaf, (index + 1) % size.max(2), size, &siblings), Some(root));
            assert_ne!(merkle::root_from_proof(merkle::EMPTY_ROOT, index, size, &siblings), Some(root));
            assert_eq!(merkle::root_from_proof(leaf, size, size, &siblings), None);
            leaves.push(leaf);
        }
        assert_eq!(merkle::root(&mut leaves), root);
        assert_eq!(totals::state_root(&root, &rest), bytes32(&case["stateRoot"]));
    }
    assert_eq!(merkle::root(&mut []), merkle::EMPTY_ROOT);
}

#[test]
fn jobs() {
    let vectors = read("jobs");
    for case in list(&vectors["records"]) {
        let leaf = totals::job_leaf(&bytes(&case["record"]));
        let (index, size) = (case["index"].as_u64().expect("index"), case["size"].as_u64().expect("size"));
        let root = merkle::root_from_proof(leaf, index as u32, size as u32, &path(&case["path"]));
        assert_eq!(root, Some(bytes32(&vectors["root"])));
    }
}

#[test]
fn job_accounts() {
    for case in list(&read("job-accounts")) {
        let [domain, owner, job] = ["domain", "owner", "job"].map(|name| bytes32(&case[name]));
        assert_eq!(crate::job_account_key(&domain, &owner, &job), bytes32(&case["key"]));
    }
}

#[test]
fn draws() {
    for case in list(&read("draws")) {
        let [beacon, account, owner] = ["beacon", "account", "owner"].map(|name| bytes32(&case[name]));
        let slots: Vec<Option<(Bytes32, Bytes32)>> = list(&case["slots"])
            .iter()
            .map(|slot| (!slot.is_null()).then(|| (bytes32(&slot["peer"]), bytes32(&slot["owner"]))))
            .collect();
        let seat = |i: usize| slots[i].as_ref().map(|(peer, owner)| draw::Seat { peer, owner });
        let drawn = draw::draw(&beacon, &account, &owner, slots.len(), seat).expect("members");
        assert_eq!(drawn.witnesses[..drawn.n].to_vec(), path(&case["witnesses"]));
        assert_eq!(drawn.q as u64, case["q"].as_u64().expect("q"));
        let first = draw::draw_slot(&beacon, &account, 0, slots.len()) as u64;
        assert_eq!(first, case["first"].as_u64().expect("slot"));
    }
    assert!(draw::draw(&[0; 32], &[0; 32], &[0; 32], 9, |_| None).is_none());
}

#[test]
fn shares() {
    for case in list(&read("amounts")) {
        let got = amounts::share(number(&case["amount"]), number(&case["numerator"]), number(&case["denominator"]));
        assert_eq!(got, case["share"].as_str().map(|share| share.parse().expect("number")), "{case}");
    }
    assert_eq!(amounts::fee_step(19, 20, 500), Some(1));
    assert_eq!(amounts::fee_step(20, 19, 500), None);
}
