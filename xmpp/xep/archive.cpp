// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/archive.hpp"

#include <algorithm>
#include <array>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/xep/carbons.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::xmpp {
namespace {

using Checked = boost::system::result<void, StanzaError>;

StanzaError bad(std::string why) {
    return StanzaError(Condition::bad_request, std::move(why));
}

Checked read_with(const FormField& field, ArchiveQuery& query) {
    auto jid = Jid::parse(field.values.front());
    if (!jid) return StanzaError(Condition::jid_malformed, "'with' is no address");
    query.with = std::move(*jid);
    return {};
}

template <std::optional<ArchiveTime> ArchiveQuery::*Member>
Checked read_time(const FormField& field, ArchiveQuery& query) {
    query.*Member = parse_datetime(field.values.front());
    if (!(query.*Member)) return bad("'" + field.var + "' is no time");
    return {};
}

template <std::optional<std::string> ArchiveQuery::*Member>
Checked read_id(const FormField& field, ArchiveQuery& query) {
    query.*Member = field.values.front();
    return {};
}

Checked read_ids(const FormField& field, ArchiveQuery& query) {
    query.ids = field.values;
    return {};
}

/// The fields of a query, and how each is read.
struct KnownField {
    std::string_view var;
    FieldType type;
    Checked (*read)(const FormField&, ArchiveQuery&);
};
constexpr std::array known_fields{
    KnownField{"with", FieldType::jid_single, read_with},
    KnownField{"start", FieldType::text_single, read_time<&ArchiveQuery::start>},
    KnownField{"end", FieldType::text_single, read_time<&ArchiveQuery::end>},
    KnownField{"before-id", FieldType::text_single, read_id<&ArchiveQuery::before_id>},
    KnownField{"after-id", FieldType::text_single, read_id<&ArchiveQuery::after_id>},
    KnownField{"ids", FieldType::list_multi, read_ids},
};

Checked read_field(const FormField& field, ArchiveQuery& query) {
    if (field.var == "FORM_TYPE") return {};
    const auto known = std::find_if(known_fields.begin(), known_fields.end(), [&](const auto& k) {
        return k.var == field.var;
    });
    if (known == known_fields.end())
        return StanzaError(Condition::feature_not_implemented, "unknown field " + field.var);
    const bool is_empty = field.values.empty() || field.values.front().empty();
    return is_empty ? Checked() : known->read(field, query);
}

Checked read_form(const Element& element, ArchiveQuery& query) {
    const auto form = find_form(element);
    if (!form) return {};
    if (form->form_type() != ns::archive) return bad("the form is of another type");
    for (const FormField& field : form->fields)
        if (auto read = read_field(field, query); !read) return read;
    return {};
}

constexpr std::array<std::string_view, 3> default_words{"always", "never", "roster"};

boost::system::result<std::vector<Jid>, StanzaError> read_jids(
    const Element& prefs, std::string_view name
) {
    std::vector<Jid> jids;
    const Element* list = prefs.child(name, ns::archive);
    if (!list) return jids;
    bool is_good = true;
    list->for_each([&](const Element& child) {
        auto jid = Jid::parse(trim(child.text()));
        if (child.is("jid", ns::archive) && jid) return jids.push_back(std::move(*jid));
        is_good = false;
    });
    if (!is_good) return StanzaError(Condition::jid_malformed);
    return jids;
}

void add_jids(Element& prefs, std::string_view name, const std::vector<Jid>& jids) {
    Element& list = prefs.add(name, ns::archive);
    for (const Jid& jid : jids) list.add("jid", ns::archive).add_text(jid.str());
}

}  // namespace

boost::system::result<ArchiveQuery, StanzaError> parse_archive_query(const Element& element) {
    ArchiveQuery query;
    query.query_id = element.attribute("queryid").value_or("");
    query.is_flipped = element.child("flip-page", ns::archive) != nullptr;
    if (element.attribute("node"))
        return StanzaError(Condition::feature_not_implemented, "no archives of nodes here");
    auto page = parse_page_request(element);
    if (!page) return bad(page.error().detail);
    query.page = std::move(*page);
    if (auto read = read_form(element, query); !read) return read.error();
    return query;
}

Element build_archive_query(const ArchiveQuery& query) {
    Element element("query", ns::archive);
    if (!query.query_id.empty()) element.set("queryid", query.query_id);
    Form form(FormType::submit);
    form.add_value("FORM_TYPE", std::string(ns::archive), FieldType::hidden);
    if (query.with) form.add_value("with", query.with->str(), FieldType::jid_single);
    if (query.start) form.add_value("start", build_datetime(*query.start));
    if (query.end) form.add_value("end", build_datetime(*query.end));
    if (query.before_id) form.add_value("before-id", *query.before_id);
    if (query.after_id) form.add_value("after-id", *query.after_id);
    if (!query.ids.empty()) form.add("ids", FieldType::list_multi).values = query.ids;
    element.add(build_form(form));
    element.add(build_page_request(query.page));
    if (query.is_flipped) element.add("flip-page", ns::archive);
    return element;
}

Element build_archive_form() {
    Form form(FormType::form);
    form.add_value("FORM_TYPE", std::string(ns::archive), FieldType::hidden);
    for (const KnownField& field : known_fields) form.add(std::string(field.var), field.type);
    Element query("query", ns::archive);
    Element& x = query.add(build_form(form));
    for (Element::Node& node : x.nodes()) {
        auto* field = std::get_if<Element>(&node);
        if (!field || field->attribute("var") != "ids") continue;
        // Any id may be asked for: XEP-0122 says so.
        Element validate("validate", ns::xdata_validate);
        validate.set("datatype", "xs:string").add("open", ns::xdata_validate);
        field->add(std::move(validate));
    }
    return query;
}

Element build_archive_result(
    std::string_view query_id, std::string_view id, ArchiveTime stamp, const Element& stanza
) {
    Element result("result", ns::archive);
    if (!query_id.empty()) result.set("queryid", query_id);
    result.set("id", id);
    result.add(build_forwarded(stanza, stamp));
    return result;
}

Element build_archive_fin(const ArchiveFin& fin) {
    Element element("fin", ns::archive);
    if (fin.is_complete) element.set("complete", "true");
    element.add(build_page_info(fin.page));
    return element;
}

ArchiveFin parse_archive_fin(const Element& element) {
    return {is_true(element.attribute("complete").value_or("")), parse_page_info(element)};
}

Element build_archive_metadata(
    const std::optional<ArchiveEnd>& first, const std::optional<ArchiveEnd>& last
) {
    Element metadata("metadata", ns::archive);
    const auto add = [&metadata](std::string_view name, const ArchiveEnd& end) {
        Element& element = metadata.add(name, ns::archive);
        element.set("id", end.first).set("timestamp", build_datetime(end.second));
    };
    if (first) add("start", *first);
    if (last) add("end", *last);
    return metadata;
}

boost::system::result<ArchivePreferences, StanzaError> parse_archive_preferences(
    const Element& prefs
) {
    ArchivePreferences preferences;
    const auto word = std::find(
        default_words.begin(), default_words.end(), prefs.attribute("default").value_or("")
    );
    if (word == default_words.end()) return bad("no such default");
    preferences.otherwise = static_cast<ArchiveDefault>(word - default_words.begin());
    auto always = read_jids(prefs, "always");
    if (!always) return always.error();
    auto never = read_jids(prefs, "never");
    if (!never) return never.error();
    preferences.always = std::move(*always);
    preferences.never = std::move(*never);
    return preferences;
}

Element build_archive_preferences(const ArchivePreferences& preferences) {
    Element prefs("prefs", ns::archive);
    prefs.set("default", default_words[static_cast<std::size_t>(preferences.otherwise)]);
    add_jids(prefs, "always", preferences.always);
    add_jids(prefs, "never", preferences.never);
    return prefs;
}

}  // namespace sallyport::xmpp
