// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/srv_targets.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "xmpp/core/values.hpp"

namespace sallyport::net {
namespace {

constexpr std::uint16_t client_port = 5222;
constexpr std::uint16_t direct_port = 5223;

struct Candidate {
    SrvRecord record;
    bool is_direct_tls = false;
};

// "." is an answer: there is no such service (RFC 2782).
bool is_nothing(const SrvRecord& record) {
    return record.host.empty() || record.host == "." || record.port == 0;
}

void add(std::vector<Candidate>& into, const std::vector<SrvRecord>& records, bool is_direct_tls) {
    for (const SrvRecord& record : records)
        if (!is_nothing(record)) into.push_back({record, is_direct_tls});
}

bool is_usable(const SrvRecord& record) {
    return !is_nothing(record);
}

Target to_target(const Candidate& candidate) {
    std::string host = candidate.record.host;
    if (host.ends_with('.')) host.pop_back();
    return {std::move(host), candidate.record.port, candidate.is_direct_tls};
}

bool has_weight(const Candidate& one) {
    return one.record.weight != 0;
}

// RFC 2782, "Weight": those without weight first, then a point on the line of running sums.
void draw(std::vector<Candidate> group, const RandomBelow& random, std::vector<Target>& out) {
    std::vector<Candidate> weighty;
    std::copy_if(group.begin(), group.end(), std::back_inserter(weighty), has_weight);
    std::erase_if(group, has_weight);
    group.insert(group.end(), weighty.begin(), weighty.end());
    while (!group.empty()) {
        std::uint32_t sum = std::accumulate(
            group.begin(),
            group.end(),
            std::uint32_t{0},
            [](std::uint32_t so_far, const auto& one) { return so_far + one.record.weight; }
        );
        std::uint32_t point = random(sum + 1);
        std::uint32_t running = 0;
        auto chosen = std::find_if(group.begin(), group.end(), [&](const Candidate& one) {
            running += one.record.weight;
            return running >= point;
        });
        if (chosen == group.end()) chosen = group.begin();
        out.push_back(to_target(*chosen));
        group.erase(chosen);
    }
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_decimal<std::uint16_t>(text);
    return port == 0 ? std::nullopt : port;
}

}  // namespace

std::optional<Target> ClientPlace::fixed() const {
    if (connect_host.empty() && !port) return std::nullopt;
    bool is_direct = direct_tls.value_or(false);
    return Target{
        connect_host.empty() ? domain : connect_host,
        port.value_or(is_direct ? direct_port : client_port),
        is_direct};
}

std::vector<Target> ClientPlace::narrow(std::vector<Target> targets) const {
    if (!direct_tls) return targets;
    std::erase_if(targets, [&](const Target& one) { return one.is_direct_tls != *direct_tls; });
    // It knows better than DNS.
    if (targets.empty())
        targets.push_back({domain, *direct_tls ? direct_port : client_port, *direct_tls});
    return targets;
}

std::vector<Target> order_targets(
    const std::vector<SrvRecord>& starttls,
    const std::vector<SrvRecord>& direct,
    std::string_view domain,
    const RandomBelow& random
) {
    // "No direct TLS" says nothing of STARTTLS.
    if (starttls.empty() && std::none_of(direct.begin(), direct.end(), is_usable))
        return {{std::string(domain), client_port, false}};
    std::vector<Candidate> all;
    add(all, direct, true);
    add(all, starttls, false);
    std::map<std::uint16_t, std::vector<Candidate>> by_priority;
    for (Candidate& one : all) by_priority[one.record.priority].push_back(std::move(one));
    std::vector<Target> out;
    for (auto& [priority, group] : by_priority) draw(std::move(group), random, out);
    return out;
}

std::optional<Target> parse_other_host(std::string_view text) {
    std::string_view host = text, rest;
    if (text.starts_with('[')) {
        std::size_t close = text.find(']');
        if (close == text.npos) return std::nullopt;
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else if (std::size_t colon = text.find(':'); colon != text.npos) {
        // More than one: an address without its brackets, and so without a port.
        bool is_port = text.find(':', colon + 1) == text.npos;
        host = is_port ? text.substr(0, colon) : text;
        rest = is_port ? text.substr(colon) : std::string_view{};
    }
    if (host.empty() || host.find_first_of(" \t\r\n/@") != host.npos) return std::nullopt;
    if (rest.empty()) return Target{std::string(host), client_port, false};
    std::optional<std::uint16_t> port;
    if (rest[0] == ':') port = parse_port(rest.substr(1));
    if (!port) return std::nullopt;
    return Target{std::string(host), *port, false};
}

}  // namespace sallyport::net
