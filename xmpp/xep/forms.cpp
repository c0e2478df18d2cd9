// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/forms.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::xmpp {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 4> form_types{"form", "submit", "cancel", "result"};
constexpr std::array<std::string_view, 10> field_types{
    "boolean",
    "fixed",
    "hidden",
    "jid-multi",
    "jid-single",
    "list-multi",
    "list-single",
    "text-multi",
    "text-private",
    "text-single"};

template <class Enum, std::size_t count>
std::optional<Enum> parse_word(
    const std::array<std::string_view, count>& words, std::string_view word
) {
    for (std::size_t i = 0; i < count; ++i)
        if (words[i] == word) return static_cast<Enum>(i);
    return std::nullopt;
}

void add_text_child(Element& parent, std::string_view name, std::string_view text) {
    if (!text.empty()) parent.add(name, ns::data_forms).add_text(text);
}

Element build_field(const FormField& field, FormType form) {
    Element element("field", ns::data_forms);
    if (!field.var.empty()) element.set("var", field.var);
    // A submitted form needs no types, but FORM_TYPE is told by one (XEP-0068 §3).
    if (form != FormType::submit || field.type == FieldType::hidden)
        element.set("type", field_types[static_cast<std::size_t>(field.type)]);
    if (!field.label.empty()) element.set("label", field.label);
    add_text_child(element, "desc", field.description);
    if (field.required) element.add("required", ns::data_forms);
    for (const std::string& value : field.values)
        element.add("value", ns::data_forms).add_text(value);
    for (const FormOption& option : field.options) {
        Element& child = element.add("option", ns::data_forms);
        if (!option.label.empty()) child.set("label", option.label);
        child.add("value", ns::data_forms).add_text(option.value);
    }
    return element;
}

FormField parse_field(const Element& element) {
    FormField field;
    field.var = element.attribute("var").value_or("");
    field.label = element.attribute("label").value_or("");
    field.type = parse_word<FieldType>(field_types, element.attribute("type").value_or(""))
                     .value_or(FieldType::text_single);
    element.for_each([&](const Element& child) {
        if (child.ns() != ns::data_forms) return;
        if (child.name() == "value")
            field.values.push_back(child.text());
        else if (child.name() == "option")
            field.options.push_back(
                {std::string(child.attribute("label").value_or("")),
                 child.child_text("value", ns::data_forms).value_or("")}
            );
        else if (child.name() == "desc")
            field.description = child.text();
        else if (child.name() == "required")
            field.required = true;
    });
    return field;
}

}  // namespace

FormField& Form::add(std::string var, FieldType as, std::string label) {
    return fields.emplace_back(std::move(var), as, std::move(label));
}

FormField& Form::add_value(std::string var, std::string value, FieldType as) {
    if (var == "FORM_TYPE") as = FieldType::hidden;
    FormField& field = add(std::move(var), as);
    field.values.push_back(std::move(value));
    return field;
}

const FormField* Form::field(std::string_view var) const {
    for (const FormField& candidate : fields)
        if (candidate.var == var) return &candidate;
    return nullptr;
}

std::optional<std::string_view> Form::value(std::string_view var) const {
    const FormField* found = field(var);
    if (!found || found->values.empty()) return std::nullopt;
    return found->values.front();
}

bool Form::flag(std::string_view var) const {
    return is_true(trim(value(var).value_or("")));
}

std::string_view Form::form_type() const {
    return value("FORM_TYPE").value_or("");
}

Element build_form(const Form& form) {
    Element x("x", ns::data_forms);
    x.set("type", form_types[static_cast<std::size_t>(form.type)]);
    add_text_child(x, "title", form.title);
    for (const std::string& line : form.instructions) add_text_child(x, "instructions", line);
    for (const FormField& field : form.fields) x.add(build_field(field, form.type));
    return x;
}

std::optional<Form> parse_form(const Element& x) {
    if (!x.is("x", ns::data_forms)) return std::nullopt;
    auto type = parse_word<FormType>(form_types, x.attribute("type").value_or(""));
    if (!type) return std::nullopt;
    Form form(*type);
    form.title = x.child_text("title", ns::data_forms).value_or("");
    x.for_each([&](const Element& child) {
        if (child.is("instructions", ns::data_forms)) form.instructions.push_back(child.text());
        if (child.is("field", ns::data_forms)) form.fields.push_back(parse_field(child));
    });
    return form;
}

std::optional<Form> find_form(const Element& parent) {
    const Element* x = parent.child("x", ns::data_forms);
    return x ? parse_form(*x) : std::nullopt;
}

}  // namespace sallyport::xmpp
