// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/service.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "gateway/server/hub.hpp"

namespace sallyport::server {
namespace {

using Key = std::tuple<Addressee, xmpp::StanzaType, std::string_view>;

Key key_of(const Row& row) {
    return {row.to, row.type, row.ns};
}

bool before(const Row& row, const Key& key) {
    return key_of(row) < key;
}

}  // namespace

void Request::answer(xmpp::Element child) {
    xmpp::Stanza reply = xmpp::Stanza::iq(xmpp::StanzaType::result, iq.to(), iq.from(), iq.id());
    reply.element().add(std::move(child));
    hub.answer(std::move(reply));
}

void Request::answer() {
    hub.answer(xmpp::Stanza::iq(xmpp::StanzaType::result, iq.to(), iq.from(), iq.id()));
}

void ServiceTable::add(Service& service) {
    for (Row& row : service.rows()) add(std::move(row));
    for (const auto& [to, feature] : service.features()) announce(to, feature);
    for (xmpp::Form& form : service.forms()) forms_.push_back(std::move(form));
    for (std::size_t bit = 0; bit < hook_count; ++bit)
        if ((service.hooks() >> bit & 1U) != 0) hooks_[bit].push_back(&service);
}

void ServiceTable::add(Row row) {
    if (!row.feature.empty()) announce(row.to, row.feature);
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), key_of(row), before);
    rows_.insert(at, std::move(row));
}

void ServiceTable::announce(Addressee to, std::string_view feature) {
    features_.emplace_back(to, feature);
}

const Handler* ServiceTable::find(Addressee to, xmpp::StanzaType type, std::string_view ns) const {
    const Key key{to, type, ns};
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), key, before);
    return at != rows_.end() && key_of(*at) == key ? &at->handler : nullptr;
}

std::vector<std::string> ServiceTable::features(Addressee to) const {
    std::vector<std::string> found;
    for (const auto& [addressee, feature] : features_)
        if (addressee == to) found.push_back(feature);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::span<Service* const> ServiceTable::with(Hook hook) const {
    return hooks_[static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(hook)))];
}

}  // namespace sallyport::server
