//! Holds the components of a message against the definition of its template.

use std::collections::BTreeSet;

use serde_json::Value;

use super::TemplateDefinition;
use crate::graph::GraphError;

/// The most characters of a body once its variables are filled in.
const RENDERED_BODY: usize = 1024;

pub(super) fn check(definition: &TemplateDefinition, given: &[Value]) -> Result<(), GraphError> {
    match definition.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(GraphError::new(132_015)),
        "DISABLED" => return Err(GraphError::new(132_016)),
        status => {
            return Err(GraphError::new(132_001).with_details(format!("the template is {status}")));
        }
    }
    let component = |kind| {
        definition
            .components
            .iter()
            .find(|part| is(part, "type", kind))
    };
    let parameters = |kind| {
        let part = given.iter().find(|part| is(part, "type", kind));
        part.map_or(&[][..], |part| list(part, "parameters"))
    };
    check_header(component("HEADER"), parameters("header"))?;
    match component("BODY").and_then(|body| body["text"].as_str()) {
        Some(body) => check_text("body", body, parameters("body"))?,
        // Meta writes the text around a code itself.
        None => count("body", parameters("body").len(), 1)?,
    }
    let buttons = component("BUTTONS").map_or(&[][..], |part| list(part, "buttons"));
    check_buttons(buttons, given)
}

/// The template has so many variables here: as many must be given.
pub(super) fn count(place: &str, given: usize, expected: usize) -> Result<(), GraphError> {
    if given == expected {
        return Ok(());
    }
    Err(GraphError::new(132_000).with_details(format!(
        "{place}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
    )))
}

fn check_header(header: Option<&Value>, given: &[Value]) -> Result<(), GraphError> {
    let format = header.and_then(|header| header["format"].as_str());
    match format {
        None => count("header", given.len(), 0),
        Some("TEXT") => {
            let text = header.and_then(|header| header["text"].as_str());
            check_text("header", text.unwrap_or_default(), given)
        }
        Some(format) => {
            let kind = given.first().and_then(|first| first["type"].as_str());
            let kind = kind.unwrap_or("UNKNOWN").to_uppercase();
            if kind == format && given.len() == 1 {
                return Ok(());
            }
            Err(GraphError::new(132_012).with_details(format!(
                "header: Format mismatch, expected {format}, received {kind}"
            )))
        }
    }
}

/// Checks that each variable of the text is given, and that the text does not get too long.
fn check_text(place: &str, text: &str, given: &[Value]) -> Result<(), GraphError> {
    let occurrences = variables(text);
    let distinct: BTreeSet<_> = occurrences.iter().collect();
    count(place, given.len(), distinct.len())?;
    let mut rendered = text.chars().count();
    for variable in &occurrences {
        let parameter = match variable.parse::<usize>() {
            Ok(position) => given.get(position.wrapping_sub(1)),
            Err(_) => given.iter().find(|one| one["parameter_name"] == **variable),
        };
        let parameter = parameter.ok_or_else(|| {
            GraphError::new(132_012)
                .with_details(format!("{place}: Parameter name is missing: {variable}"))
        })?;
        rendered += value(parameter).chars().count();
        // The variable itself goes, with its braces.
        rendered -= variable.chars().count() + 4;
    }
    if rendered > RENDERED_BODY {
        return Err(GraphError::new(132_005).with_details(format!(
            "{place}: the text has {rendered} characters, and may have {RENDERED_BODY}"
        )));
    }
    Ok(())
}

fn check_buttons(buttons: &[Value], given: &[Value]) -> Result<(), GraphError> {
    let given: Vec<_> = given
        .iter()
        .filter(|part| is(part, "type", "button"))
        .collect();
    for component in &given {
        let index = component["index"].as_str().unwrap_or_default();
        let button = index.parse::<usize>().ok().and_then(|at| buttons.get(at));
        let fits = button.is_some_and(|button| {
            let wanted = match button["type"].as_str() {
                Some("OTP") => "URL",
                Some(kind) => kind,
                None => return false,
            };
            is(component, "sub_type", wanted)
        });
        if !fits {
            return Err(GraphError::new(132_012).with_details(format!(
                "buttons: the template has no such button at index {index}"
            )));
        }
    }
    for (index, button) in buttons.iter().enumerate() {
        let is_dynamic = match button["type"].as_str() {
            Some("URL") => !variables(button["url"].as_str().unwrap_or_default()).is_empty(),
            Some("COPY_CODE" | "OTP") => true,
            _ => false,
        };
        let place = index.to_string();
        let is_given = given.iter().any(|part| part["index"] == place);
        if is_dynamic && !is_given {
            return Err(GraphError::new(131_008).with_details(format!(
                "buttons: Button at index {index} requires a parameter"
            )));
        }
    }
    Ok(())
}

/// The names of the variables in `{{...}}`, in their order.
fn variables(text: &str) -> Vec<&str> {
    let after_braces = text.split("{{").skip(1);
    after_braces
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name)
        .collect()
}

/// What a parameter shows as.
fn value(parameter: &Value) -> &str {
    let kind = parameter["type"].as_str().unwrap_or_default();
    let content = &parameter[kind];
    let shown = content
        .as_str()
        .or_else(|| content["fallback_value"].as_str());
    shown.unwrap_or_default()
}

/// Meta takes its words in upper and lower case here.
fn is(object: &Value, key: &str, word: &str) -> bool {
    let given = object[key].as_str();
    given.is_some_and(|given| given.eq_ignore_ascii_case(word))
}

fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object[key].as_array().map_or(&[], Vec::as_slice)
}
