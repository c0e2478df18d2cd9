// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "gateway/server/account_state.hpp"
#include "gateway/server/session.hpp"
#include "gateway/store/accounts_ops.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/xep/forms.hpp"

namespace sallyport::server {

class Hub;

/// To whom an iq is addressed, when the server answers it.
enum class Addressee : std::uint8_t {
    own,      ///< the sender's own account: no `to`, or the own bare JID (RFC 6120 §10.3.3)
    account,  ///< the bare JID of another account
    server    ///< the server's domain
};

/// One iq on its way to a handler. Valid during the call; what an errand needs later it copies.
struct Request {
    Hub& hub;
    const xmpp::Stanza& iq;  ///< `from` is stamped; `to` may be empty with Addressee::own
    Session* session;        ///< that sent it; null when it came from a component or transport
    AccountState* account;   ///< addressed; null with Addressee::server

    const xmpp::Element& payload() const { return iq.payload(); }
    /// Answers with this child, or an empty result.
    void answer(xmpp::Element payload);
    void answer();
};

/// Success: answered now, or later by Hub::route(iq.reply()…). An error is bounced by the hub.
using Handled = boost::system::result<void, xmpp::StanzaError>;
using Handler = std::function<Handled(Request&)>;

/// One row of the table: who answers what. `feature`: announced in disco#info of that addressee,
/// "" = nothing (features come from the rows, so they cannot drift).
struct Row {
    Addressee to;
    xmpp::StanzaType type;  ///< get or set
    std::string_view ns;    ///< of the payload
    Handler handler;
    std::string_view feature = {};
};

/// What a hook says: stop = this stanza goes no further (the service took, refused or answered it).
enum class Verdict : std::uint8_t { go_on, stop };

/// Who has worded what goes out in a session's name. Errors about what the server says of itself
/// (broadcasts, probes, repeated requests) go to nobody.
enum class Author : std::uint8_t { client, server };

/// The hooks, as bits: a service is called for those alone that it names.
enum Hook : std::uint32_t {
    outgoing = 1,
    incoming = 2,
    delivered = 4,
    undeliverable = 8,
    available = 16,
    unavailable = 32,
    account_removed = 64,
    load = 128,
    presence_out = 256,
    bare = 512
};
inline constexpr std::size_t hook_count = 10;

/// One service of the embedded server (offline, carbons, archive, blocking …): one small class,
/// registered once. Network thread. Order of registration is order of calls.
class Service {
  public:
    virtual ~Service() = default;
    virtual std::vector<Row> rows() { return {}; }
    virtual std::uint32_t hooks() const { return 0; }
    /// Features without a row of their own.
    virtual std::vector<std::pair<Addressee, std::string_view>> features() const { return {}; }

    /// What the server's disco#info says of it beside features (XEP-0128).
    virtual std::vector<xmpp::Form> forms() const { return {}; }

    /// A session sends a message, iq or presence to somebody; `from` and `to` are stamped. Before
    /// routing. A service that refuses it bounces by hub.bounce().
    virtual Verdict on_outgoing(Session&, xmpp::Stanza&, Author) { return Verdict::go_on; }
    /// A stanza for an account (any kind, any local resource), before the choice of sessions.
    virtual Verdict on_incoming(AccountState&, xmpp::Stanza&) { return Verdict::go_on; }
    /// A message goes to whichever sessions take messages to the bare JID. stop: held back, until
    /// Hub::resume_message.
    virtual Verdict on_bare(AccountState&, const xmpp::Stanza&) { return Verdict::go_on; }
    /// A message was delivered to these sessions. May be empty: nobody took it and no service kept
    /// it was decided by on_undeliverable. Who gives it to others (carbons) adds them.
    virtual void on_delivered(AccountState&, const xmpp::Stanza&, std::vector<Session*>&) {}
    /// Nobody takes this message (RFC 6121 §8.5.2.2: chat or normal, or what they come down to).
    /// stop: kept, and that is success. go_on to the end: service-unavailable.
    virtual Verdict on_undeliverable(AccountState&, const xmpp::Stanza&) { return Verdict::go_on; }
    /// Would on_undeliverable keep this message for an account? Asked so that one without an
    /// account is treated the same (xmpp.md A16).
    virtual bool keeps(const xmpp::Stanza&) const { return false; }
    /// Initial presence with priority >= 0, or the priority became so: it takes messages now.
    virtual void on_available(Session&) {}
    /// It was available and is not any more; `full()` is still valid.
    virtual void on_unavailable(Session&) {}
    /// A presence of a session before it is broadcast (vCard avatar hashes: XEP-0153).
    virtual void on_presence_out(Session&, xmpp::Stanza&) {}
    /// The account is removed from the store, with these records of transports and uploads.
    virtual void on_account_removed(
        const xmpp::Jid& /*bare*/, std::span<const std::string> /*records*/
    ) {}
    /// The account is being loaded from what is stored of it: a service keeps of that what it needs
    /// at hand (put_data). `kept`: the text that it named, "" = there is none.
    virtual void on_load(
        AccountState&, const store::LoadAccount::Answer& /*stored*/, std::string_view /*kept*/
    ) {}
    /// The account's text that on_load wants (store::PutAccountTexts), "" = none.
    virtual std::string_view loaded_text() const { return {}; }
};

/// All services and their rows. Filled at start, then constant.
class ServiceTable {
  public:
    /// `service` outlives the table.
    void add(Service& service);
    /// A row without a service. REQUIRES: no other answers it.
    void add(Row row);
    /// A place for ServiceData in every AccountState.
    std::size_t make_slot() { return slots_++; }
    /// A feature without a service.
    void announce(Addressee to, std::string_view feature);

    const Handler* find(Addressee to, xmpp::StanzaType type, std::string_view ns) const;
    /// Sorted, without repeats.
    std::vector<std::string> features(Addressee to) const;
    /// The forms of all services, for the server's disco#info.
    const std::vector<xmpp::Form>& forms() const { return forms_; }
    /// Those that named this hook.
    std::span<Service* const> with(Hook hook) const;

  private:
    std::vector<Row> rows_;  ///< sorted by (to, type, ns)
    std::vector<std::pair<Addressee, std::string>> features_;
    std::vector<xmpp::Form> forms_;
    std::array<std::vector<Service*>, hook_count> hooks_;
    std::size_t slots_ = 0;
};

}  // namespace sallyport::server
