// SPDX-License-Identifier: Apache-2.0
#include "config/description_parts.hpp"

namespace sallyport::config {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

/// The section of a question, nothing for `none` or an absent key.
std::optional<Section> question(Section& top, std::string_view key) {
    const yaml::Node* node = top.find(key);
    if (node == nullptr || node->text == "none") return {};
    return top.section(key);
}

Check read_check(Section& in, LeafReader& leaves) {
    Check check;
    check.request = read_request(in, leaves);
    check.owned = leaves.make_selectors(in, "owned", Source::response, Need::required);
    in.finish();
    return check;
}

Lookup read_lookup(Section& in, LeafReader& leaves) {
    Lookup lookup;
    lookup.request = read_request(in, leaves);
    lookup.each = leaves.make_selector(in, "each", Source::response);
    lookup.when = leaves.make_conditions(in, "when", Source::response, Names::all);
    lookup.id = leaves.make_selectors(in, "id", Source::response, Need::required);
    lookup.time = leaves.make_selectors(in, "time", Source::response);
    lookup.state = leaves.make_selectors(in, "state", Source::response);
    if (auto settle = in.value("settle", parse_duration))
        lookup.settle = duration_cast<seconds>(*settle);
    in.finish();
    return lookup;
}

Sweep read_sweep(Section& in, LeafReader& leaves) {
    Sweep sweep;
    if (auto every = in.value("every", parse_duration))
        sweep.every = duration_cast<seconds>(*every);
    sweep.request = read_request(in, leaves);
    sweep.each = leaves.make_selector(in, "each", Source::response);
    sweep.next = leaves.make_selectors(in, "next", Source::response);
    sweep.when = leaves.make_conditions(in, "when", Source::response, Names::all);
    auto message = in.section("message", Need::required);
    if (message) sweep.message = read_message(*message, leaves, Source::response);
    if (message && sweep.message.id.empty())
        in.mistake("message", "id is missing: nothing tells a repeat");
    in.finish();
    return sweep;
}

/// One limit: absent leaves it, "off" takes it away.
template <class T, class Into>
void set_limit(
    Section& in,
    std::string_view key,
    Result<T> (*parse)(std::string_view),
    std::optional<Into>& into
) {
    const yaml::Node* node = in.find(key);
    if (node == nullptr) return;
    if (node->text == "off")
        into.reset();
    else if (const auto value = in.value(key, parse))
        into.emplace(*value);
}

}  // namespace

void read_questions(Section& top, LeafReader& leaves, ProviderDescription& into) {
    if (auto in = question(top, "check")) into.check = read_check(*in, leaves);
    if (auto in = question(top, "lookup")) into.lookup = read_lookup(*in, leaves);
    if (auto in = question(top, "sweep")) into.sweep = read_sweep(*in, leaves);
}

void read_provider_limits(Section& in, ProviderLimits& into) {
    set_limit(in, "text", parse_count, into.text);
    set_limit(in, "segments", parse_count, into.segments);
    set_limit(in, "media", parse_count, into.media);
    set_limit(in, "media_size", parse_bytes, into.media_size_bytes);
    set_limit(in, "per_number", parse_rate, into.per_number);
    set_limit(in, "per_account", parse_rate, into.per_account);
    std::optional<std::chrono::milliseconds> ttl = into.ttl;
    set_limit(in, "ttl", parse_duration, ttl);
    into.ttl.reset();
    if (ttl) into.ttl = duration_cast<seconds>(*ttl);
}

}  // namespace sallyport::config
