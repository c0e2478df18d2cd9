// SPDX-License-Identifier: Apache-2.0
// XEP-0138 from the client's side, behind the login (XEP-0170). Not for the network's sake, which
// TLS would forbid (CRIME), but for servers that still want it.
#include "xmpp/core/namespaces.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {

void ClientStream::begin_compression() {
    was_compression_asked_ = true;
    Element compress("compress", ns::compress);
    compress.add("method", ns::compress).add_text("zlib");
    framing_.write_element(compress);
    enter(Phase::compress);
}

// What follows <compressed/> is compressed, and a new stream; a failure is none of the stream's
// (XEP-0138 §4): it goes on as it was.
void ClientStream::on_compression(const Element& element) {
    if (element.is("failure", ns::compress)) return next_step();
    if (!element.is("compressed", ns::compress)) return unexpected(element);
    if (!framing_.is_drained() || !ends_with_tag_)
        return refuse(StreamCondition::policy_violation, "Bytes came behind <compressed/>.");
    Compression::Limits limits;
    limits.free_bytes = options_.limits.stanza_bytes;
    compression_ = std::make_unique<Compression>(limits);
    framing_.restart(options_.limits);
    open_stream();
}

// In bounded pieces, each judged before the next is made.
void ClientStream::feed_compressed(std::string_view bytes) {
    while (phase_ != Phase::over) {
        const auto piece = compression_->inflate(bytes);
        if (!piece) break;
        take_bytes(*piece);
    }
    if (phase_ == Phase::over || !compression_->fault()) return;
    if (*compression_->fault() == Compression::Fault::bomb)
        return refuse(StreamCondition::policy_violation, "That expands to too much.");
    refuse(StreamCondition::undefined, "That cannot be decompressed.");
}

}  // namespace sallyport::xmpp
