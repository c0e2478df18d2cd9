// SPDX-License-Identifier: Apache-2.0
#include "gateway/translate/form.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::translate {
namespace {

using Kind = port::FormField::Kind;
using xmpp::FieldType;

constexpr std::array<FieldType, 9> types{
    FieldType::text_single,
    FieldType::text_private,
    FieldType::text_single,
    FieldType::boolean,
    FieldType::list_single,
    FieldType::list_multi,
    FieldType::text_multi,
    FieldType::fixed,
    FieldType::hidden};

/// XEP-0077 §14.1.
constexpr std::array<std::string_view, 17> legacy_names{
    "username",
    "nick",
    "password",
    "name",
    "first",
    "last",
    "email",
    "address",
    "city",
    "state",
    "zip",
    "phone",
    "url",
    "date",
    "misc",
    "text",
    "key"};

bool is_legacy(std::string_view name) {
    return std::find(legacy_names.begin(), legacy_names.end(), name) != legacy_names.end();
}

bool is_input(const port::FormField& field) {
    return field.kind != Kind::fixed && field.kind != Kind::hidden;
}

/// The legacy name of a field, "" when clients without forms cannot fill it in.
std::string legacy_name(const port::Form& form, const port::FormField& field) {
    if (is_legacy(field.name)) return field.name;
    if (field.kind != Kind::text && field.kind != Kind::number && field.kind != Kind::secret)
        return {};
    const bool is_secret = field.kind == Kind::secret;
    const auto is_like = [&](const port::FormField& other) {
        return is_input(other) && !is_legacy(other.name) &&
               (other.kind == Kind::secret) == is_secret;
    };
    const auto first = std::find_if(form.fields.begin(), form.fields.end(), is_like);
    if (&*first != &field) return {};
    return is_secret ? "password" : "username";
}

}  // namespace

xmpp::Form to_form(const port::Form& form, const std::string& form_type) {
    xmpp::Form made(xmpp::FormType::form);
    made.title = form.title;
    if (!form.instructions.empty()) made.instructions.push_back(form.instructions);
    made.add_value("FORM_TYPE", form_type, FieldType::hidden);
    for (const port::FormField& field : form.fields) {
        auto& added =
            made.add(field.name, types.at(static_cast<std::size_t>(field.kind)), field.label);
        added.required = field.required;
        if (field.kind != Kind::secret) added.values = field.values;
        for (const auto& [value, label] : field.options) added.options.push_back({label, value});
    }
    return made;
}

port::FormValues to_values(const xmpp::Form& form) {
    port::FormValues values;
    for (const xmpp::FormField& field : form.fields)
        if (!field.var.empty() && field.var != "FORM_TYPE")
            values.emplace_back(field.var, field.values);
    return values;
}

xmpp::Registration to_registration(const port::Form& form) {
    xmpp::Registration made;
    made.instructions = form.instructions;
    made.form = to_form(form, std::string(xmpp::ns::reg));
    for (const port::FormField& field : form.fields) {
        std::string name = is_input(field) ? legacy_name(form, field) : std::string();
        if (name.empty()) continue;
        const bool shows = field.kind != Kind::secret && !field.values.empty();
        made.fields.emplace_back(std::move(name), shows ? field.values.front() : "");
    }
    return made;
}

port::FormValues to_values(const xmpp::Registration& answer, const port::Form& form) {
    if (answer.form) return to_values(*answer.form);
    port::FormValues values;
    for (const port::FormField& field : form.fields) {
        const std::string name = is_input(field) ? legacy_name(form, field) : std::string();
        if (name.empty()) continue;
        if (auto value = answer.value(name))
            values.emplace_back(field.name, std::vector<std::string>{std::string(*value)});
    }
    return values;
}

}  // namespace sallyport::translate
