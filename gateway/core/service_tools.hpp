// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/core/arrivals.hpp"
#include "gateway/core/limits.hpp"
#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"
#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza.hpp"

/// Small things that all services need.
namespace sallyport::core {

/// Answers an iq with this payload; always a success, so that handlers can return it.
Handled answer(const World& world, Domain& domain, const xmpp::Stanza& iq, xmpp::Element payload);
/// Answers an iq with an empty result.
Handled answer(const World& world, Domain& domain, const xmpp::Stanza& iq);
/// Bounces after an errand: what the router does for handlers that fail at once.
void refuse(
    const World& world, Domain& domain, const xmpp::Stanza& stanza, const xmpp::StanzaError& error
);

/// The contact that a request is addressed to. Errors: registration-required for strangers,
/// item-not-found and others for what is no address; a spelling that is not canonical is <gone/>
/// with the canonical JID.
boost::system::result<port::Address, xmpp::StanzaError> contact_of(const Request& request);

/// The state of the store is unknown after this: the user may try again.
xmpp::StanzaError store_failed();
xmpp::StanzaError not_registered();
xmpp::StanzaError not_welcome();

/// A chat message of the domain itself to a user, at once; if the link cannot take it, it is stored
/// and shown later.
void say(
    const World& world,
    Arrivals& arrivals,
    Domain& domain,
    const xmpp::Jid& user,
    const std::string& text
);

/// Runs closures at no more than `per_second`, the first ones at once, in order. Its destruction
/// forgets the rest.
class Pace {
  public:
    Pace(World& world, unsigned per_second);
    ~Pace();
    Pace(const Pace&) = delete;
    Pace& operator=(const Pace&) = delete;

    void add(std::function<void()> run);
    void clear() { waiting_.clear(); }
    std::size_t waiting() const { return waiting_.size(); }

  private:
    void drain();
    World& world_;
    Bucket bucket_;
    std::deque<std::function<void()>> waiting_;
    Scheduler::Id timer_ = 0;
    bool is_draining_ = false;
};

}  // namespace sallyport::core
