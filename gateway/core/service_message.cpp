// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_message.hpp"

#include <utility>

#include "gateway/core/service_tools.hpp"
#include "gateway/translate/address.hpp"
#include "gateway/translate/contact.hpp"
#include "gateway/translate/failure_map.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::core {
namespace {

using xmpp::Condition;
using xmpp::ErrorType;
using xmpp::Jid;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr std::string_view encrypted_text =
    "This contact is a phone or another network and cannot read encrypted messages. Turn "
    "encryption off for this conversation and send it again.";

StanzaError stopping() {
    return StanzaError(
        Condition::service_unavailable,
        ErrorType::wait,
        "The gateway is being restarted; send it again in a minute."
    );
}

std::string seconds_text(std::chrono::milliseconds wait) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s";
}

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

}  // namespace

MessageService::MessageService(
    World& world,
    Router& router,
    Arrivals& arrivals,
    Delivery& delivery,
    OfferCanonical offer_canonical
)
    : world_(world),
      router_(router),
      delivery_(delivery),
      offer_canonical_(std::move(offer_canonical)) {
    const auto text = [this](Request& request) { return handle(request); };
    router.add({To::contact, StanzaKind::message, StanzaType::chat}, text);
    router.add({To::contact, StanzaKind::message, StanzaType::normal}, text);
    router.add({To::contact, StanzaKind::message, StanzaType::groupchat}, [](Request&) -> Handled {
        return StanzaError(Condition::service_unavailable, "This address is a person, not a room.");
    });
    const auto returned = [&arrivals](Request& request) -> Handled {
        arrivals.returned(request.domain, request.stanza);
        return {};
    };
    router.add({To::contact, StanzaKind::message, StanzaType::error}, returned);
    router.add({To::domain, StanzaKind::message, StanzaType::error}, returned);
}

Handled MessageService::handle(Request& request) {
    return std::visit(
        Overloaded{
            [&](translate::Text& text) { return handle_text(request, std::move(text)); },
            [&](translate::ReceiptFor& receipt) { return handle_receipt(request, receipt.id); },
            [](translate::Reacting&) -> Handled {
                return StanzaError(
                    Condition::feature_not_implemented, "Reactions cannot be sent to this contact."
                );
            },
            [](translate::Retracting&) -> Handled {
                return StanzaError(
                    Condition::feature_not_implemented,
                    "What was sent to this contact cannot be taken back."
                );
            },
            [](translate::EncryptedOnly&) -> Handled {
                return StanzaError(
                    Condition::not_acceptable, ErrorType::modify, std::string(encrypted_text)
                );
            },
            [](translate::Bodyless&) -> Handled { return {}; },
        },
        *std::make_unique<translate::Meaning>(translate::read_message(request.stanza))
    );
}

Handled MessageService::may_send(const Request& request) const {
    if (!world_.may_use(request.stanza.from())) return not_welcome();
    const bool needs_account =
        request.domain.transport->registration() == port::RegistrationMode::required;
    if (needs_account && !request.account) return not_registered();
    if (request.account && request.account->suspended)
        return StanzaError(
            Condition::not_allowed,
            "Your registration is suspended; write \"resume\" to " + request.domain.name +
                " or ask your operator."
        );
    return {};
}

MessageService::Checked MessageService::check_address(Request& request) {
    auto parsed =
        translate::to_address(*request.domain.transport, request.stanza.to(), request.account);
    if (!parsed) return translate::address_error(parsed.error());
    if (parsed->is_canonical) return *std::move(parsed);
    offer_canonical_(request.domain, request.user->bare(), parsed->address);
    return translate::gone_to(
        translate::to_jid(*request.domain.transport, parsed->address, request.domain.jid)
    );
}

Handled MessageService::check_rates(Request& request, const port::Address& to) {
    const auto now = world_.time.now();
    const std::string user = request.user->bare().str();
    if (auto wait = request.domain.user_limit.take(user, now))
        return StanzaError(
            Condition::resource_constraint,
            ErrorType::wait,
            "You are sending too fast; try again in " + seconds_text(*wait) + "."
        );
    if (auto wait = request.domain.peer_limit.take(user + '\n' + to.text, now))
        return StanzaError(
            Condition::resource_constraint,
            ErrorType::wait,
            "You are writing to " + to.text + " too fast; try again in " + seconds_text(*wait) + "."
        );
    return {};
}

Handled MessageService::handle_text(Request& request, translate::Text text) {
    if (auto allowed = may_send(request); !allowed) return allowed;
    auto parsed = check_address(request);
    if (!parsed) return parsed.error();
    if (!parsed->replyable)
        return StanzaError(
            Condition::not_acceptable, ErrorType::cancel, "This sender takes no answers."
        );

    Dispatch dispatch;
    dispatch.account = request.account ? request.account->id : port::AccountId{};
    dispatch.own = request.account ? request.account->own_address : "";
    dispatch.from = request.stanza.from();
    dispatch.stanza_id = std::move(text.stanza_id);
    dispatch.unique_id = std::move(text.id);
    dispatch.wants_receipt = text.wants_receipt;
    // Networks without corrections get the new text, marked as people mark it by hand.
    if (text.corrects) text.body.insert(0, "* ");
    dispatch.message = port::SendMessage(std::move(parsed->address), std::move(text.body));
    dispatch.message.attachments = std::move(text.attachments);
    dispatch.message.language = std::move(text.language);

    const port::Account nobody;
    if (auto refusal = request.domain.transport->refuse(
            dispatch.message, request.account ? *request.account : nobody
        ))
        return translate::to_error(*refusal);
    if (auto slow = check_rates(request, dispatch.message.to); !slow) return slow;
    if (dispatch.message.attachments.empty() || !media_)
        this->dispatch(request.domain, std::move(dispatch));
    else
        check_media(request, std::move(dispatch));
    return {};
}

struct MessageService::Look {
    Dispatch dispatch;
    Domain& domain;
    std::shared_ptr<Errand> errand;
    std::size_t missing;
    std::string error;
};

/// Every link is looked at before the message is accepted; meanwhile the user's later messages wait
/// behind it.
void MessageService::check_media(Request& request, Dispatch dispatch) {
    if (is_draining_) return refuse(request.domain, dispatch, stopping());
    auto look = std::make_shared<Look>(Look{
        std::move(dispatch), request.domain, router_.begin_errand(request.user), 0, {}});
    looks_.insert(look);
    auto& attachments = look->dispatch.message.attachments;
    look->missing = attachments.size();
    for (std::size_t i = 0; i < attachments.size(); ++i) {
        media_->check_out(attachments[i].url, [this, look, i](MediaResult seen) {
            if (seen)
                look->dispatch.message.attachments[i] = *std::move(seen);
            else
                look->error = seen.error().text;
            if (--look->missing == 0) looked(look);
        });
    }
}

void MessageService::looked(const std::shared_ptr<Look>& look) {
    if (looks_.erase(look) == 0) return;  // refused meanwhile
    if (look->error.empty())
        dispatch(look->domain, look->dispatch);
    else
        refuse(
            look->domain,
            look->dispatch,
            StanzaError(Condition::not_acceptable, ErrorType::modify, look->error)
        );
    look->errand.reset();
}

void MessageService::drain() {
    is_draining_ = true;
    for (const auto& look : std::exchange(looks_, {})) {
        refuse(look->domain, look->dispatch, stopping());
        look->errand.reset();
    }
}

void MessageService::dispatch(Domain& domain, Dispatch dispatch) {
    // The sender must be told when the store cannot take it: header fields are all that a bounce
    // needs.
    Dispatch header;
    header.from = dispatch.from;
    header.stanza_id = dispatch.stanza_id;
    header.message.to = dispatch.message.to;
    auto refused = [this, &domain, header = std::move(header)] {
        refuse(domain, header, store_failed());
    };
    const port::Account* receiver = domain.accounts.find_by_own_address(dispatch.message.to.text);
    const bool is_hop = receiver && receiver->id != dispatch.account;
    if (is_hop)
        delivery_.hop(domain, dispatch, *receiver, std::move(refused));
    else
        delivery_.take(domain, std::move(dispatch), std::move(refused));
}

void MessageService::refuse(Domain& domain, const Dispatch& dispatch, const StanzaError& error) {
    const Jid contact = translate::to_jid(*domain.transport, dispatch.message.to, domain.jid);
    Stanza bounce = Stanza::message(StanzaType::error, contact, dispatch.from, dispatch.stanza_id);
    bounce.element().add(error.to_element(xmpp::ns::client));
    domain.send(bounce, world_);
}

Handled MessageService::handle_receipt(Request& request, const std::string& id) {
    if (!request.account || id.empty()) return {};
    auto parsed =
        translate::to_address(*request.domain.transport, request.stanza.to(), request.account);
    const bool is_local =
        parsed && request.domain.accounts.find_by_own_address(parsed->address.text);
    if (is_local) delivery_.hop_received(request.domain, *request.account, id);
    return {};
}

}  // namespace sallyport::core
