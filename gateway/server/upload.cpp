// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/upload.hpp"

#include <utility>

#include "gateway/server/hub.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::server {

using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaError;

std::vector<Row> Upload::rows() {
    if (place_.max_bytes() == 0) return {};
    const auto handler = [this](Request& request) { return ask(request); };
    return {
        {Addressee::server, xmpp::StanzaType::get, xmpp::ns::upload, handler, xmpp::ns::upload}};
}

std::vector<xmpp::Form> Upload::forms() const {
    if (place_.max_bytes() == 0) return {};
    return {xmpp::build_upload_form(place_.max_bytes())};
}

Handled Upload::ask(Request& request) {
    if (request.session == nullptr)
        return StanzaError(Condition::forbidden, "Files are taken from people of this server.");
    auto wish = xmpp::parse_upload_request(request.payload());
    if (!wish) return wish.error();
    if (wish->size_bytes > place_.max_bytes()) return xmpp::file_too_large(place_.max_bytes());
    place_.reserve(
        request.session->account().bare(),
        *wish,
        [this, iq = request.iq](const UploadPlace::Answer& slot) {
            if (!slot) return hub_.bounce(iq, slot.error());
            Stanza reply = iq.reply();
            reply.element().add(xmpp::build_upload_slot(*slot));
            hub_.answer(std::move(reply));
        }
    );
    return {};
}

}  // namespace sallyport::server
