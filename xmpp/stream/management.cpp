// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/management.hpp"

#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {
namespace {

// Reads back what we wrote ourselves.
class Rereader {
  public:
    Rereader() {
        reader_.feed("<s xmlns='jabber:client'>");
        reader_.next();
    }
    std::optional<Stanza> read(std::string_view bytes) {
        reader_.feed(bytes);
        std::optional<XmlEvent> event = reader_.next();
        auto* element = event ? std::get_if<Element>(&*event) : nullptr;
        if (!element) return std::nullopt;
        auto stanza = Stanza::from_element(std::move(*element));
        if (!stanza) return std::nullopt;
        return std::move(*stanza);
    }

  private:
    static ReaderLimits no_limits() {
        constexpr std::size_t any = 16u << 20;
        return {any, any, 256, any, any, any};
    }
    XmlReader reader_{no_limits()};
};

bool is_counted(std::string_view stanza) {
    return !stanza.starts_with("<presence");
}

}  // namespace

Management::Management(ManagementLimits limits, std::string resume_id)
    : limits_(limits), resume_id_(std::move(resume_id)) {}

bool Management::keep(std::string bytes, TimePoint now) {
    const std::size_t counted = counted_ + (is_counted(bytes) ? 1 : 0);
    if (counted > limits_.stanzas || bytes_ + bytes.size() > limits_.bytes) return false;
    counted_ = counted;
    bytes_ += bytes.size();
    ++sent_;
    queue_.push_back({std::move(bytes), now});
    return true;
}

// The queue holds exactly the stanzas between what was acknowledged and what was sent, so that
// differences modulo 2^32 tell all (XEP-0198 §4).
Management::Verdict Management::acknowledged(std::uint32_t handled) {
    std::size_t waiting = queue_.size() - gone_;
    std::uint32_t count = handled - (sent_ - static_cast<std::uint32_t>(waiting));
    if (count > waiting) return count >> 31 ? Verdict::stale : Verdict::too_high;
    for (; count > 0; --count) {
        const std::string bytes = std::exchange(queue_[gone_++].bytes, {});
        bytes_ -= bytes.size();
        if (is_counted(bytes)) --counted_;
    }
    // Moved up only when at least half is gone: each stanza is moved once on average.
    if (gone_ * 2 >= queue_.size()) {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(gone_));
        gone_ = 0;
    }
    return Verdict::good;
}

std::vector<Management::Waiting> Management::take_unacknowledged() {
    std::vector<Waiting> stanzas;
    Rereader reader;
    for (const Unacknowledged& one : queue())
        if (auto stanza = reader.read(one.bytes)) stanzas.push_back({std::move(*stanza), one.sent});
    queue_.clear();
    gone_ = bytes_ = counted_ = 0;
    return stanzas;
}

void Management::rest() {
    if (queue().empty()) std::vector<Unacknowledged>().swap(queue_);
}

void Management::make_safe(std::uint32_t count) {
    std::uint32_t step = count - safe_;
    if (step <= received_ - safe_) safe_ = count;
}

}  // namespace sallyport::xmpp
