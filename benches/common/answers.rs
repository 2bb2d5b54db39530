//! The inputs and the answers of the native run in files, for the same run from JavaScript (`benches/js`).

use std::fs;
use std::io::Result;
use std::path::Path;

use mergefetch::merge::text::{Options, RegionKind, Texts, Utf16Index, merge};
use serde_json::{Value, json};

use super::cases::{Case, NAMES, case};
use super::sorted_times;

/// Writes each case into `folder`: `NN.base`, `NN.mine`, `NN.theirs`, `NN.text`, `NN.regions`, and `cases.json` about all.
pub fn write(folder: &Path, smoke: bool, runs: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut index = Vec::new();
    for number in 0..NAMES.len() {
        index.push(write_case(folder, &case(number, smoke), &format!("{number:02}"), runs)?);
    }
    fs::write(folder.join("cases.json"), Value::Array(index).to_string())
}

fn write_case(folder: &Path, case: &Case, file: &str, runs: usize) -> Result<Value> {
    let texts = Texts { base: Some(&case.base), mine: &case.mine, theirs: &case.theirs };
    let options = Options::default();
    let merged = merge(texts, &options).expect("a merge");
    super::common::assert_regions(&merged, texts);
    // The best, as from JavaScript: what else a machine does only adds.
    let milliseconds = sorted_times(
        || {
            let merged = merge(texts, &options).expect("a merge");
            std::hint::black_box((merged.text(texts), regions(&merged, texts)));
        },
        runs,
    )[0];
    let regions: Vec<String> = regions(&merged, texts).iter().map(usize::to_string).collect();
    let suggestions: Vec<_> = merged.regions().iter().map(|region| region.suggestion.as_deref()).collect();
    let text = merged.text(texts);
    let save = |name: &str, content: &str| fs::write(folder.join(format!("{file}.{name}")), content);
    save("base", &case.base)?;
    save("mine", &case.mine)?;
    save("theirs", &case.theirs)?;
    save("text", &text)?;
    save("regions", &json!({ "numbers": regions.join(","), "suggestions": suggestions }).to_string())?;
    Ok(json!({
        "name": case.name,
        "file": file,
        "ascii": case.base.is_ascii(),
        "bytes": case.base.len() + case.mine.len() + case.theirs.len(),
        "conflicts": merged.conflicts(),
        "ambiguous": merged.is_ambiguous(),
        "nativeMs": milliseconds,
    }))
}

/// Eight numbers for each region: its kind, three ranges in UTF-16 code units, and whether it is ambiguous.
fn regions(merged: &mergefetch::merge::text::TextMerge, texts: Texts<'_>) -> Vec<usize> {
    let [base, mine, theirs] = [texts.base.unwrap_or_default(), texts.mine, texts.theirs].map(Utf16Index::new);
    let mut numbers = Vec::with_capacity(merged.regions().len() * 8);
    for region in merged.regions() {
        numbers.push(match region.kind {
            RegionKind::Unchanged => 0,
            RegionKind::Mine => 1,
            RegionKind::Theirs => 2,
            RegionKind::Both => 3,
            RegionKind::Conflict => 4,
        });
        for (index, range) in [(&base, region.base), (&mine, region.mine), (&theirs, region.theirs)] {
            numbers.extend([index.utf16(range.start), index.utf16(range.end)]);
        }
        numbers.push(usize::from(region.ambiguous));
    }
    numbers
}
