// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/server/hub_world.hpp"

#include <stdexcept>
#include <utility>

#include "gateway/server/stanza_text.hpp"

namespace sallyport::test {
namespace {

server::HubOptions with_domain(server::HubOptions options) {
    options.domain = jid("example.org");
    return options;
}

}  // namespace

FakeClient::~FakeClient() {
    if (hub != nullptr && hub->find(full) == session && session->link() == this)
        hub->unbind(*session);
}

HubWorld::HubWorld(server::HubOptions options)
    : hub(base.core->world(), with_domain(std::move(options))) {
    hub.set_core(*base.core);
    base.domain.sink = &hub;
    base.core->link_up(base.domain);
    for (const char* user : {"alice", "bob", "carol"}) add_account(user);
}

HubWorld::~HubWorld() {
    settle();
    base.core->link_down(base.domain);
    base.domain.sink = &base.sink;
}

std::int64_t HubWorld::add_account(std::string_view user) {
    std::int64_t number = 0;
    store::CreateAccount op;
    op.user = std::string(user) + "@example.org";
    op.now = base.time.wall();
    base.store.write(op, [&number](const Result<store::CreateAccount::Answer>& answer) {
        number = answer->id;
    });
    settle();
    return number;
}

std::unique_ptr<FakeClient> HubWorld::bind(
    std::string_view user, std::string_view resource, std::string_view client
) {
    auto made = std::make_unique<FakeClient>();
    xmpp::AskBind ask;
    ask.user = user;
    ask.resource = resource;
    ask.client = client;
    hub.bind(*made, ask, [&made](auto bound) {
        if (bound) {
            made->session = *bound;
            made->full = (*bound)->full();
        } else
            made->refused = bound.error();
    });
    settle();
    if (made->session != nullptr) made->hub = &hub;
    return made;
}

std::unique_ptr<FakeClient> HubWorld::log_in(
    std::string_view user, std::string_view resource, int priority
) {
    auto client = bind(user, resource);
    send(*client, "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
    send(*client, presence_of(priority));
    client->take();
    return client;
}

void HubWorld::send(FakeClient& client, std::string_view xml) {
    hub.handle(*client.session, stanza(xml));
    settle();
}

void HubWorld::befriend(std::string_view user, std::string_view contact) {
    for (const auto& [own, other] : {std::pair(user, contact), std::pair(contact, user)}) {
        store::RosterRow row;
        row.jid = std::string(other) + "@example.org";
        row.subscription = store::Subscription::both;
        row.ver = 1;
        write_roster(own, row);
    }
}

void HubWorld::write_roster(std::string_view user, const store::RosterRow& row) {
    const std::string bare = std::string(user) + "@example.org";
    const auto found = base.read(store::LoadAccount{bare});
    store::ChangeRoster op;
    op.account = found.row->id;
    op.ver = row.ver;
    op.put.push_back(row);
    base.store.write(std::move(op));
    settle();
    hub.accounts().forget(jid(bare));
}

xmpp::Stanza stanza(std::string_view xml) {
    auto parsed = server::parse_stanza(xml);
    if (!parsed) throw std::runtime_error("no stanza: " + std::string(xml));
    return *std::move(parsed);
}

std::vector<std::string> brief(const std::vector<xmpp::Stanza>& stanzas) {
    std::vector<std::string> lines;
    for (const xmpp::Stanza& each : stanzas) {
        std::string line(to_string(each.kind()));
        const std::string_view type = to_string(each.type());
        if (!type.empty()) line.append(":").append(type);
        lines.push_back(line + ' ' + each.from().str() + '>' + each.to().str());
    }
    return lines;
}

std::vector<std::string> conditions(const std::vector<xmpp::Stanza>& stanzas) {
    std::vector<std::string> found;
    for (const xmpp::Stanza& each : stanzas)
        if (each.type() == xmpp::StanzaType::error)
            found.emplace_back(to_string(error_of(each).condition));
    return found;
}

std::string presence_of(int priority) {
    return "<presence><priority>" + std::to_string(priority) + "</priority></presence>";
}

}  // namespace sallyport::test
