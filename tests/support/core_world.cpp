// SPDX-License-Identifier: Apache-2.0
#include "tests/support/core_world.hpp"

#include <stdexcept>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {
namespace {

using xmpp::Stanza;
using xmpp::StanzaKind;
using xmpp::StanzaType;

/// Real time after which a test that waits for the store is broken.
constexpr std::chrono::seconds patience{20};

std::unique_ptr<store::Store> open_store(boost::asio::io_context& io) {
    store::OpenOptions options;
    options.path = ":memory:";
    auto opened = store::open_sqlite(options, [&io](std::function<void()> run) {
        boost::asio::post(io, std::move(run));
    });
    if (!opened) throw std::runtime_error(opened.error().to_string());
    return *std::move(opened);
}

config::Config make_config() {
    config::Config made;
    made.admins.push_back(jid("ops@example.org"));
    config::AccessRule rule;
    rule.who = config::AccessRule::Who::domain;
    rule.jid = jid("example.org");
    rule.role = config::Role::user;
    made.access.push_back(rule);
    config::TransportConfig sms;
    sms.domain = jid(gate);
    sms.name = "SMS";
    config::SmsConfig settings;
    settings.registration = config::SmsConfig::Registration::pool;
    sms.settings = settings;
    made.transports.push_back(sms);
    return made;
}

}  // namespace

// --- world --------------------------------------------------------------------------------------

CoreWorld::CoreWorld()
    : log([this](std::string_view line) { log_lines.emplace_back(line); }),
      config(make_config()),
      store(open_store(io)),
      transport(io.get_executor(), time) {
    domain.name = std::string(gate);
    domain.jid = jid(gate);
    domain.title = "SMS";
    domain.transport = &transport;
    domain.sink = &sink;
    domain.vhosts.push_back(jid("example.org"));
    core::Sealer sealer{
        [](std::string_view clear) { return "sealed:" + std::string(clear); },
        [](std::string_view sealed) { return Result<std::string>(std::string(sealed.substr(7))); }};
    core::World world{store, time, scheduler, log, metrics, io.get_executor(), &config, "n0"};
    core = std::make_unique<core::Core>(std::move(world), std::move(sealer));
    core->arrivals().set_on_dead_link([](core::Domain&) {});  // tests that mean it say so
    core->add_domain(domain, [](Result<> added) {
        if (!added) throw std::runtime_error(added.error().to_string());
    });
    settle();
    core->start();
    settle();
}

CoreWorld::~CoreWorld() {
    transport.release();
    settle();
}

void CoreWorld::settle() {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    auto guard = boost::asio::make_work_guard(io);
    io.restart();  // the end of the last guard stopped it
    for (;;) {
        bool ran = io.poll() > 0;
        while (!store.failing.empty()) {
            auto fail = std::move(store.failing.front());
            store.failing.pop_front();
            fail();
            ran = true;
        }
        while (scheduler.run_one(time.now())) ran = true;
        if (ran) continue;
        if (store.under_way == 0) return;
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("the store never answered");
        io.run_one_for(std::chrono::milliseconds(100));
    }
}

void CoreWorld::advance(std::chrono::milliseconds by) {
    const auto end = time.now() + by;
    settle();
    while (auto next = scheduler.next()) {
        if (*next > end) break;
        time.move(std::chrono::ceil<std::chrono::milliseconds>(*next - time.now()));
        settle();
    }
    if (end > time.now())
        time.move(std::chrono::duration_cast<std::chrono::milliseconds>(end - time.now()));
    settle();
}

void CoreWorld::receive(const Stanza& stanza) {
    core->handle(domain, stanza);
    settle();
}

void CoreWorld::link_up() {
    sink.is_up = true;
    core->link_up(domain);
    settle();
}

void CoreWorld::link_down() {
    sink.is_up = false;
    core->link_down(domain);
    settle();
}

std::vector<Stanza> CoreWorld::take() {
    std::vector<Stanza> sent;
    settle();
    for (; taken_ < sink.sent.size(); ++taken_) {
        const Stanza stanza = sink.sent[taken_];
        const bool is_barrier = stanza.kind() == StanzaKind::iq &&
                                stanza.type() == StanzaType::get &&
                                stanza.element().child("ping", xmpp::ns::ping);
        if (!is_barrier) {
            sent.push_back(stanza);
            continue;
        }
        receive(Stanza::iq(StanzaType::result, stanza.to(), stanza.from(), stanza.id()));
    }
    return sent;
}

const port::Account& CoreWorld::add_account(std::string_view user, std::string_view own_address) {
    port::Account made;
    made.user.text = user;
    made.own_address = own_address;
    store::PutRegistration op;
    op.row.transport = domain.name;
    op.row.user = user;
    op.row.own = own_address;
    op.row.from_pool = true;
    op.now = time.wall();
    store.write(std::move(op), [&made](Result<store::PutRegistration::Answer> answer) {
        if (!answer || answer->conflict) throw std::runtime_error("this account is taken");
        made.id = answer->id;
    });
    settle();
    transport.own_addresses.push_back(made.own_address);
    domain.accounts.put(made);
    return *domain.accounts.find(made.user);
}

// --- stanzas ------------------------------------------------------------------------------------

xmpp::Jid jid(std::string_view text) {
    auto parsed = xmpp::Jid::parse(text);
    if (!parsed) throw std::runtime_error("no JID: " + std::string(text));
    return *std::move(parsed);
}

Stanza chat(
    std::string_view to, std::string_view body, std::string_view id, std::string_view from
) {
    Stanza made = Stanza::message(StanzaType::chat, jid(from), jid(to), id);
    if (!body.empty()) made.element().add("body", xmpp::ns::client).add_text(body);
    return made;
}

Stanza presence(StanzaType type, std::string_view to, std::string_view from) {
    return Stanza::presence(type, jid(from), jid(to));
}

Stanza question(
    StanzaType type, std::string_view to, xmpp::Element payload, std::string_view from
) {
    Stanza made = Stanza::iq(type, jid(from), jid(to), "q1");
    made.element().add(std::move(payload));
    return made;
}

const Stanza* find_presence(
    const std::vector<Stanza>& sent, StanzaType type, std::string_view from, std::string_view to
) {
    for (const Stanza& stanza : sent)
        if (stanza.kind() == StanzaKind::presence && stanza.type() == type &&
            stanza.from().str() == from && stanza.to().str() == to)
            return &stanza;
    return nullptr;
}

const Stanza* find_answer(const std::vector<Stanza>& sent) {
    for (const Stanza& stanza : sent)
        if (stanza.kind() == StanzaKind::iq && stanza.id() == "q1" &&
            (stanza.type() == StanzaType::result || stanza.type() == StanzaType::error))
            return &stanza;
    return nullptr;
}

std::vector<std::string> bodies(const std::vector<Stanza>& sent) {
    std::vector<std::string> found;
    for (const Stanza& stanza : sent)
        if (auto body = stanza.element().child_text("body", xmpp::ns::client))
            found.push_back(*body);
    return found;
}

xmpp::StanzaError error_of(const Stanza& stanza) {
    return xmpp::StanzaError::from_stanza(stanza.element());
}

}  // namespace sallyport::test
