// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xmpp/core/element.hpp"

namespace sallyport::xmpp {

/// XEP-0004 data forms as values.
enum class FormType { form, submit, cancel, result };
enum class FieldType {
    boolean,
    fixed,
    hidden,
    jid_multi,
    jid_single,
    list_multi,
    list_single,
    text_multi,
    text_private,
    text_single
};

struct FormOption {
    std::string label;
    std::string value;
};

struct FormField {
    std::string var;
    FieldType type = FieldType::text_single;
    std::string label;
    std::string description;
    bool required = false;
    std::vector<std::string> values;
    std::vector<FormOption> options;

    FormField() = default;
    FormField(std::string v, FieldType t, std::string text = {})
        : var(std::move(v)), type(t), label(std::move(text)) {}
};

struct Form {
    FormType type = FormType::form;
    std::string title;
    std::vector<std::string> instructions;
    std::vector<FormField> fields;

    Form() = default;
    explicit Form(FormType t) : type(t) {}

    /// Appends a field and returns it. The reference lives until the next one is added.
    FormField& add(std::string var, FieldType type, std::string label = {});
    /// Appends a field with one value; FORM_TYPE is hidden.
    FormField& add_value(
        std::string var, std::string value, FieldType type = FieldType::text_single
    );
    const FormField* field(std::string_view var) const;
    /// The first value of a field; nothing when the field or its value is absent.
    std::optional<std::string_view> value(std::string_view var) const;
    /// "1" and "true" are true; anything else, and absence, false (XEP-0004 §3.3).
    bool flag(std::string_view var) const;
    /// The value of FORM_TYPE (XEP-0068), "" when absent.
    std::string_view form_type() const;
};

Element build_form(const Form& form);
/// From an <x xmlns='jabber:x:data'/>; nothing when it is something else or says no known type. A
/// field of a submitted form without a type is text-single.
std::optional<Form> parse_form(const Element& x);
/// The first form among the children.
std::optional<Form> find_form(const Element& parent);

}  // namespace sallyport::xmpp
