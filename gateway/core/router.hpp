// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/users.hpp"
#include "gateway/core/world.hpp"
#include "xmpp/core/stanza.hpp"

namespace sallyport::core {

/// To whom a stanza is addressed: the domain itself, or an address on it (a contact, later a room).
enum class To { domain, contact };

/// One stanza on its way to a handler. Valid during the call; what an errand needs later it copies.
struct Request {
    Domain& domain;
    std::shared_ptr<User> user;
    const xmpp::Stanza& stanza;
    const port::Account* account =
        nullptr;  ///< of this user on this domain, null when unregistered
};

using Handled = boost::system::result<void, xmpp::StanzaError>;
/// Handles a request: success (answered now, later, or with nothing), or the error to bounce with.
using Handler = std::function<Handled(Request&)>;

/// The table of who handles what: (addressee, stanza kind, type, payload namespace) -> handler. The
/// router alone bounces. An iq without a row is answered service-unavailable; a presence or message
/// without one is ignored.
class Router {
  public:
    struct Key {
        To to;
        xmpp::StanzaKind kind;
        xmpp::StanzaType type;
        std::string_view payload_ns = {};  ///< of an iq's payload; "" = any, or not an iq
        friend auto operator<=>(const Key&, const Key&) = default;
    };

    Router(World& world, Users& users) : world_(world), users_(users) {}
    /// `feature`: announced in disco#info of that addressee when not empty (advertise from
    /// handlers, so it cannot drift).
    void add(Key key, Handler handler, std::string_view feature = {});
    /// A feature without a handler of its own (receipts, jid escaping).
    void announce(To to, std::string_view feature);
    std::vector<std::string> features(To to) const;  ///< sorted, without repeats

    /// Takes a stanza from a link: checks `from`, keeps the user's order, dispatches, bounces.
    void handle(Domain& domain, const xmpp::Stanza& stanza);
    /// Bounces a stanza that could not be one.
    void malformed(Domain& domain, const xmpp::Element& element, const xmpp::StanzaError& error);
    /// An errand for this user: while it lives, their later stanzas wait.
    std::shared_ptr<Errand> begin_errand(std::shared_ptr<User> user);
    /// IQ answers to questions of ours: by id. Asked before the table. Returns true when it was
    /// one.
    using AnswerFilter = std::function<bool(Domain&, const xmpp::Stanza&)>;
    void set_answer_filter(AnswerFilter filter) { answers_ = std::move(filter); }

  private:
    void dispatch(Domain& domain, const std::shared_ptr<User>& user, const xmpp::Stanza& stanza);
    void drain(const std::shared_ptr<User>& user);
    const Handler* find(const Key& key) const;
    void refuse_removed(Domain& domain, const xmpp::Stanza& stanza);
    void bounce(Domain& domain, const xmpp::Stanza& stanza, const xmpp::StanzaError& error);

    World& world_;
    Users& users_;
    std::vector<std::pair<Key, Handler>>
        table_;  ///< sorted by key; payload names live as long as the program
    std::vector<std::pair<To, std::string>> features_;
    AnswerFilter answers_;
};

}  // namespace sallyport::core
