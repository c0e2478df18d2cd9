// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "gateway/core/delivery.hpp"
#include "gateway/core/media.hpp"
#include "gateway/core/router.hpp"
#include "gateway/translate/message.hpp"

namespace sallyport::core {

/// Messages from users to contacts: understands them, refuses what cannot go (each with its
/// reason), and hands the rest to Delivery. Also takes back what hosts return and the receipts of
/// local hops. gateway.md §2.7.
class MessageService {
  public:
    /// After <gone/>: the canonical contact offers itself, so that one tap mends the roster.
    using OfferCanonical =
        std::function<void(Domain&, const xmpp::Jid& user, const port::Address&)>;

    MessageService(
        World& world,
        Router& router,
        Arrivals& arrivals,
        Delivery& delivery,
        OfferCanonical offer_canonical
    );
    void set_media(Media& media) { media_ = &media; }
    /// The program stops: messages whose links are still being looked at are refused, for nothing
    /// of them is stored.
    void drain();

  private:
    struct Look;  ///< a message whose links are being looked at
    void looked(const std::shared_ptr<Look>& look);
    using Checked = boost::system::result<port::ParsedAddress, xmpp::StanzaError>;
    Handled handle(Request& request);
    Handled handle_text(Request& request, translate::Text text);
    Handled handle_receipt(Request& request, const std::string& id);
    Handled may_send(const Request& request) const;
    Checked check_address(Request& request);
    Handled check_rates(Request& request, const port::Address& to);
    void dispatch(Domain& domain, Dispatch dispatch);
    void check_media(Request& request, Dispatch dispatch);
    void refuse(Domain& domain, const Dispatch& dispatch, const xmpp::StanzaError& error);

    World& world_;
    Router& router_;
    Delivery& delivery_;
    OfferCanonical offer_canonical_;
    Media* media_ = nullptr;
    std::set<std::shared_ptr<Look>> looks_;
    bool is_draining_ = false;
};

}  // namespace sallyport::core
