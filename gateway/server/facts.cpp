// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/facts.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/server/discovery.hpp"
#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::server {
namespace {

namespace ns = xmpp::ns;
using xmpp::Condition;
using xmpp::Element;
using xmpp::StanzaError;
using xmpp::StanzaType;

constexpr std::string_view last_text = "last";  // of AccountTexts: milliseconds since 1970

Handled pong(Request& request) {
    request.answer();
    return {};
}

Element last(std::chrono::seconds ago) {
    Element query("query", ns::last);
    query.set("seconds", std::to_string(std::max<std::chrono::seconds::rep>(ago.count(), 0)));
    return query;
}

}  // namespace

/// Of an account, while it is in memory.
struct Facts::LastSeen final : ServiceData {
    WallTime when{};
};

Facts::Facts(Hub& hub)
    : hub_(hub), slot_(hub.services().make_slot()), started_(hub.world().time.now()) {}

std::vector<Row> Facts::rows() {
    const Handler seen = [this](Request& r) { return tell_last_seen(r); };
    const Handler version = [this](Request& r) { return this->version(r); };
    const Handler time = [this](Request& r) { return this->time(r); };
    const Handler uptime = [this](Request& r) { return this->uptime(r); };
    const auto get = StanzaType::get;
    return {
        {Addressee::server, get, ns::ping, pong, ns::ping},
        {Addressee::own, get, ns::ping, pong, ns::ping},
        {Addressee::server, get, ns::version, version, ns::version},
        {Addressee::server, get, ns::time, time, ns::time},
        {Addressee::server, get, ns::last, uptime, ns::last},
        {Addressee::own, get, ns::last, seen, ns::last},
        {Addressee::account, get, ns::last, seen},
    };
}

Handled Facts::version(Request& request) {
    Element query("query", ns::version);
    query.add("name", ns::version).add_text("Sallyport");
    query.add("version", ns::version).add_text(SALLYPORT_VERSION);
    request.answer(std::move(query));
    return {};
}

Handled Facts::time(Request& request) {
    Element time("time", ns::time);
    time.add("tzo", ns::time).add_text("+00:00");
    time.add("utc", ns::time).add_text(xmpp::build_datetime(hub_.world().time.wall()));
    request.answer(std::move(time));
    return {};
}

Handled Facts::uptime(Request& request) {
    request.answer(
        last(std::chrono::duration_cast<std::chrono::seconds>(hub_.world().time.now() - started_))
    );
    return {};
}

void Facts::on_unavailable(Session& session) {
    AccountState& account = session.account();
    if (account.has_available()) return;
    auto seen = std::make_unique<LastSeen>();
    seen->when = hub_.world().time.wall();
    store::PutAccountTexts op;
    op.account = account.number();
    op.texts.emplace_back(last_text, std::to_string(seen->when.time_since_epoch().count()));
    account.put_data(slot_, std::move(seen));
    hub_.world().store.write(std::move(op));
}

std::string_view Facts::loaded_text() const {
    return last_text;
}

void Facts::on_load(
    AccountState& account, const store::LoadAccount::Answer& /*stored*/, std::string_view kept
) {
    const auto at = parse_decimal<std::int64_t>(kept).value_or(0);
    if (at == 0) return;
    auto seen = std::make_unique<LastSeen>();
    seen->when = WallTime(std::chrono::milliseconds(at));
    account.put_data(slot_, std::move(seen));
}

std::optional<WallTime> Facts::last_seen(const AccountState& account) const {
    const auto* seen = account.data<LastSeen>(slot_);
    return seen != nullptr ? std::optional(seen->when) : std::nullopt;
}

/// XEP-0012 §4: for those who see the account's presence; others learn not even that it is there.
Handled Facts::tell_last_seen(Request& request) {
    if (!shows_itself(request)) return StanzaError(Condition::service_unavailable);
    if (request.account->has_available()) {
        request.answer(last(std::chrono::seconds(0)));
        return {};
    }
    const auto seen = last_seen(*request.account);
    if (!seen) return StanzaError(Condition::item_not_found);
    const auto ago = hub_.world().time.wall() - *seen;
    request.answer(last(std::chrono::duration_cast<std::chrono::seconds>(ago)));
    return {};
}

}  // namespace sallyport::server
