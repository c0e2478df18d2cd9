// SPDX-License-Identifier: Apache-2.0
// XEP-0138, behind the login only (XEP-0170):
//   client: <compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>
//   server: <compressed/>, and a new stream, both ways compressed; or <failure/>
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/stream/server_machine.hpp"

namespace sallyport::xmpp {
namespace {

std::string make_failure(std::string_view condition) {
    std::string xml = "<failure xmlns='";
    xml.append(ns::compress).append("'><");
    return xml.append(condition).append("/></failure>");
}

}  // namespace

void ServerMachine::on_compress(Element element) {
    auto method = element.child_text("method", ns::compress);
    if (element.name() != "compress" || !options_->offers_compression || options_->is_websocket ||
        !method)
        return refuse_compress(std::move(element));
    if (trim(*method) != "zlib") return framing_.write_element(make_failure("unsupported-method"));
    if (!framing_.is_drained() || !ends_with_tag_)
        return refuse(StreamCondition::policy_violation, "Bytes came behind <compress/>.");
    std::string answer = "<compressed xmlns='";
    framing_.write_element(answer.append(ns::compress).append("'/>"));
    Compression::Limits limits;
    limits.free_bytes = options_->after_auth.stanza_bytes;
    compression_ = std::make_unique<Compression>(limits);
    state_ |= state::compressed;
    restart();
}

// Not an error of the stream (XEP-0138 §4).
void ServerMachine::refuse_compress(Element) {
    framing_.write_element(make_failure("setup-failed"));
}

// In bounded pieces, each judged before the next is made.
void ServerMachine::feed_compressed(std::string_view bytes) {
    while (phase_ != Phase::over) {
        auto piece = compression_->inflate(bytes);
        if (!piece) break;
        take_bytes(*piece);
    }
    if (phase_ == Phase::over || !compression_->fault()) return;
    if (*compression_->fault() == Compression::Fault::bomb)
        return refuse(StreamCondition::policy_violation, "That expands to too much.");
    StreamError error(StreamCondition::undefined, "That cannot be decompressed.");
    error.extra = Element("failure", ns::compress);
    error.extra->add("processing-failed", ns::compress);
    refuse(error);
}

}  // namespace sallyport::xmpp
