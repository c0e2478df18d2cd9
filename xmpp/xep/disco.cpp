// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/disco.hpp"

#include <algorithm>
#include <set>

#include "xmpp/core/digest.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::xmpp {
namespace {

void set_unless_empty(Element& element, std::string_view name, std::string_view value) {
    if (!value.empty()) element.set(name, value);
}

std::string attribute(const Element& element, std::string_view name) {
    return std::string(element.attribute(name).value_or(""));
}

// One identity as the hash wants it, which is also what makes two of them the same.
std::string identity_line(const Identity& identity) {
    return identity.category + '/' + identity.type + '/' + identity.lang + '/' + identity.name +
           '<';
}

// XEP-0115 §5.1 (6): fields by var, their values sorted.
std::string form_lines(const Form& form) {
    std::vector<std::string> fields;
    for (const FormField& field : form.fields) {
        if (field.var == "FORM_TYPE") continue;
        std::vector<std::string> values = field.values;
        std::sort(values.begin(), values.end());
        std::string line = field.var + '<';
        for (const std::string& value : values) line += value + '<';
        fields.push_back(std::move(line));
    }
    std::sort(fields.begin(), fields.end());
    std::string lines(form.form_type());
    lines += '<';
    for (const std::string& field : fields) lines += field;
    return lines;
}

// XEP-0115 §5.4 (3.6): a form counts only when FORM_TYPE is a hidden field.
bool counts(const Form& form) {
    const FormField* type = form.field("FORM_TYPE");
    return type && type->type == FieldType::hidden && !type->values.empty();
}

std::vector<std::string> identity_lines(const DiscoInfo& info) {
    std::vector<std::string> lines;
    lines.reserve(info.identities.size());
    for (const Identity& identity : info.identities) lines.push_back(identity_line(identity));
    return lines;
}

std::vector<std::string> feature_lines(const DiscoInfo& info) {
    std::vector<std::string> lines;
    lines.reserve(info.features.size());
    for (const std::string& feature : info.features) lines.push_back(feature + '<');
    return lines;
}

void append_sorted(std::string& out, std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) out += line;
}

bool are_distinct(const std::vector<std::string>& lines) {
    return std::set<std::string>(lines.begin(), lines.end()).size() == lines.size();
}

}  // namespace

bool DiscoInfo::has_feature(std::string_view feature) const {
    return std::find(features.begin(), features.end(), feature) != features.end();
}

Element build_disco_info(const DiscoInfo& info) {
    Element query("query", ns::disco_info);
    set_unless_empty(query, "node", info.node);
    for (const Identity& identity : info.identities) {
        Element& element = query.add("identity", ns::disco_info);
        element.set("category", identity.category).set("type", identity.type);
        set_unless_empty(element, "name", identity.name);
        set_unless_empty(element, "xml:lang", identity.lang);
    }
    for (const std::string& feature : info.features)
        query.add("feature", ns::disco_info).set("var", feature);
    for (const Form& form : info.forms) query.add(build_form(form));
    return query;
}

std::optional<DiscoInfo> parse_disco_info(const Element& query) {
    if (!query.is("query", ns::disco_info)) return std::nullopt;
    DiscoInfo info;
    info.node = attribute(query, "node");
    query.for_each([&](const Element& child) {
        if (child.is("identity", ns::disco_info))
            info.identities.emplace_back(
                attribute(child, "category"),
                attribute(child, "type"),
                attribute(child, "name"),
                attribute(child, "xml:lang")
            );
        else if (child.is("feature", ns::disco_info))
            info.features.push_back(attribute(child, "var"));
        else if (auto form = parse_form(child))
            info.forms.push_back(std::move(*form));
    });
    return info;
}

Element build_disco_items(const std::vector<DiscoItem>& items, std::string_view node) {
    Element query("query", ns::disco_items);
    set_unless_empty(query, "node", node);
    for (const DiscoItem& item : items) {
        Element& element = query.add("item", ns::disco_items);
        element.set("jid", item.jid);
        set_unless_empty(element, "node", item.node);
        set_unless_empty(element, "name", item.name);
    }
    return query;
}

std::vector<DiscoItem> parse_disco_items(const Element& query) {
    std::vector<DiscoItem> items;
    query.for_each([&](const Element& child) {
        if (child.is("item", ns::disco_items))
            items.push_back(
                {attribute(child, "jid"), attribute(child, "node"), attribute(child, "name")}
            );
    });
    return items;
}

std::string caps_hash(const DiscoInfo& info) {
    std::string input;
    append_sorted(input, identity_lines(info));
    append_sorted(input, feature_lines(info));
    std::vector<std::string> forms;
    for (const Form& form : info.forms)
        if (counts(form)) forms.push_back(form_lines(form));
    append_sorted(input, std::move(forms));
    return base64_encode(digest(Hash::sha1, input));
}

bool is_fit_for_caps(const DiscoInfo& info) {
    std::vector<std::string> form_types;
    for (const Form& form : info.forms) {
        const FormField* type = form.field("FORM_TYPE");
        if (!type) continue;
        if (type->values.size() > 1 &&
            !std::equal(type->values.begin() + 1, type->values.end(), type->values.begin()))
            return false;
        form_types.emplace_back(form.form_type());
    }
    return are_distinct(identity_lines(info)) && are_distinct(feature_lines(info)) &&
           are_distinct(form_types);
}

Element build_caps(std::string_view node, std::string_view ver) {
    Element c("c", ns::caps);
    c.set("hash", "sha-1").set("node", node).set("ver", ver);
    return c;
}

std::optional<Caps> parse_caps(const Element& presence) {
    const Element* c = presence.child("c", ns::caps);
    if (!c || attribute(*c, "node").empty() || attribute(*c, "ver").empty()) return std::nullopt;
    return Caps{attribute(*c, "hash"), attribute(*c, "node"), attribute(*c, "ver")};
}

}  // namespace sallyport::xmpp
