// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/vcards.hpp"

#include <memory>
#include <string>
#include <utility>

#include "gateway/server/hub.hpp"
#include "gateway/server/stanza_text.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/vcard.hpp"

namespace sallyport::server {
namespace {

using xmpp::Condition;
using xmpp::Element;
using xmpp::Stanza;
using xmpp::StanzaError;
using xmpp::StanzaType;

constexpr std::string_view card_name = "vcard";
constexpr std::string_view photo_name = "vcard-photo";

}  // namespace

struct VCards::Photo final : ServiceData {
    std::string hash;  ///< "" = the card has no photo
};

VCards::VCards(Hub& hub) : hub_(hub), slot_(hub.services().make_slot()) {}

/// None to write those of others: `forbidden` (XEP-0054 §3.2) would tell who is there (A16).
std::vector<Row> VCards::rows() {
    const auto getter = [this](Request& request) { return get(request); };
    const auto setter = [this](Request& request) { return set(request); };
    return {
        {Addressee::own, StanzaType::get, xmpp::ns::vcard_temp, getter, xmpp::ns::vcard_temp},
        {Addressee::own, StanzaType::set, xmpp::ns::vcard_temp, setter},
        {Addressee::account, StanzaType::get, xmpp::ns::vcard_temp, getter, xmpp::ns::vcard_temp},
    };
}

/// Without a card one's own is empty; another's is answered as that of nobody is (XEP-0054 §3.3).
Handled VCards::get(Request& request) {
    store::AccountTexts question;
    question.account = request.account->number();
    question.names = {std::string(card_name)};
    const bool is_own =
        request.iq.to().is_empty() || request.iq.to().bare_view() == request.iq.from().bare_view();
    hub_.world().store.read(
        std::move(question),
        [this, is_own, iq = request.iq](Result<store::AccountTexts::Answer> found) {
            std::optional<Element> card;
            if (found && !found->texts.empty()) card = parse_element(found->texts.front().second);
            if (!card && !is_own)
                return hub_.bounce(iq, StanzaError(Condition::service_unavailable));
            Stanza reply = iq.reply();
            reply.element().add(card ? std::move(*card) : Element("vCard", xmpp::ns::vcard_temp));
            hub_.answer(std::move(reply));
        }
    );
    return {};
}

Handled VCards::set(Request& request) {
    const Element& card = request.payload();
    if (!card.is("vCard", xmpp::ns::vcard_temp)) return StanzaError(Condition::bad_request);
    std::string text = to_text(card);
    if (text.size() > most_bytes)
        return StanzaError(Condition::policy_violation, "The card is too large.");
    std::string hash = xmpp::vcard_photo_hash(card);
    store::PutAccountTexts op;
    op.account = request.account->number();
    op.texts = {{std::string(card_name), std::move(text)}, {std::string(photo_name), hash}};
    hub_.changes().write(
        *request.account,
        std::string(card_name),
        std::move(op),
        [this, hash = std::move(hash), iq = request.iq](
            AccountState& account, const Result<store::PutAccountTexts::Answer>& written
        ) {
            if (!written) return hub_.bounce(iq, unwritten(written.error()));
            auto photo = std::make_unique<Photo>();
            photo->hash = hash;
            account.put_data(slot_, std::move(photo));
            hub_.answer(iq.reply());
        }
    );
    return {};
}

/// A client that speaks XEP-0153 knows better; of others their contacts would never see the photo.
void VCards::on_presence_out(Session& session, Stanza& presence) {
    const auto* photo = session.account().data<Photo>(slot_);
    if (photo == nullptr || photo->hash.empty() || presence.type() != StanzaType::available ||
        presence.element().child("x", xmpp::ns::vcard_update))
        return;
    presence.element().add(xmpp::build_vcard_update(photo->hash));
}

std::string_view VCards::loaded_text() const {
    return photo_name;
}

void VCards::on_load(
    AccountState& account, const store::LoadAccount::Answer& /*stored*/, std::string_view kept
) {
    if (kept.empty()) return;
    auto photo = std::make_unique<Photo>();
    photo->hash = kept;
    account.put_data(slot_, std::move(photo));
}

}  // namespace sallyport::server
