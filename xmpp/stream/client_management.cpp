// SPDX-License-Identifier: Apache-2.0
// XEP-0198 from the client's side.
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/stream/client_login.hpp"
#include "xmpp/stream/client_stream.hpp"

namespace sallyport::xmpp {
namespace {

std::optional<std::uint32_t> parse_count(const Element& element) {
    return parse_decimal<std::uint32_t>(element.attribute("h").value_or(""));
}

}  // namespace

// ---- going on with an old session ----

Element ClientStream::make_resume() const {
    const Resumable& old = *options_.resumable;
    Element resume("resume", old.ns);
    if (!options_.acknowledges) old.management->make_safe(old.management->received());
    resume.set("previd", old.id).set("h", std::to_string(old.management->safe()));
    return resume;
}

void ClientStream::begin_resume() {
    framing_.write_element(make_resume());
    enter(Phase::resume);
}

void ClientStream::on_resume(const Element& element) {
    const std::string& expected = options_.resumable->ns;
    if (element.is("resumed", expected)) {
        if (take_resumed(element)) stand(true);
    } else if (element.is("failed", expected)) {
        resume_failed(element);
        next_step();
    } else {
        unexpected(element);
    }
}

bool ClientStream::take_resumed(const Element& element) {
    std::optional<std::uint32_t> handled = parse_count(element);
    Resumable* old = options_.resumable.get();
    if (!old || !handled || element.attribute("previd") != old->id) {
        refuse(StreamCondition::undefined, "Another session was resumed.");
        return false;
    }
    management_ = std::move(old->management);
    management_->forget_unsafe();
    queries_ = std::move(old->queries);
    management_ns_ = old->ns;
    resume_id_ = old->id;
    location_ = has_tls_ ? old->location : std::string();
    full_ = old->full;
    is_bound_ = has_session_ = true;
    on_ack(element);
    return phase_ != Phase::over;
}

// The server may still know how much it had (XEP-0198 §5, item-not-found with h).
void ClientStream::resume_failed(const Element& element) {
    Resumable& old = *options_.resumable;
    old.id.clear();
    old.ns.clear();
    if (auto handled = parse_count(element)) old.management->acknowledged(*handled);
}

// ---- beginning ----

void ClientStream::begin_enable() {
    management_ns_ = features_.child("sm", ns::sm3) ? ns::sm3 : ns::sm2;
    was_enabled_asked_ = true;
    Element enable("enable", management_ns_);
    enable.set("resume", "true");
    framing_.write_element(enable);
    enter(Phase::enable);
}

void ClientStream::on_enable(const Element& element) {
    if (element.is("enabled", management_ns_)) {
        take_enabled(element);
    } else if (!element.is("failed", management_ns_)) {
        // A stanza that was on its way: not counted (it came before <enabled/>).
        is_answer(element);
        return;
    }
    next_step();
}

void ClientStream::take_enabled(const Element& element) {
    bool resumable = is_true(element.attribute("resume").value_or(""));
    management_ns_ = element.ns();
    resume_id_ = resumable ? element.attribute("id").value_or("") : "";
    location_ = resumable && has_tls_ ? element.attribute("location").value_or("") : "";
    management_ = std::make_unique<Management>(options_.management, resume_id_);
}

std::unique_ptr<Resumable> ClientStream::take_resumable() {
    if (!was_online_) return std::move(options_.resumable);
    if (!management_) return nullptr;
    return std::make_unique<Resumable>(Resumable{
        full_, resume_id_, management_ns_, std::move(management_), location_, std::move(queries_)});
}

// ---- counting ----

bool ClientStream::has_room() const {
    const ManagementLimits& most = options_.management;
    return !management_ ||
           (management_->queue().size() < most.stanzas &&
            management_->queue_bytes() + options_.limits.stanza_bytes <= most.bytes);
}

bool ClientStream::on_management(const Element& element) {
    if (!management_ || element.ns() != management_ns_) return false;
    if (element.name() == "r") {
        if (phase_ == Phase::established) on_ack_request();
    } else if (element.name() == "a") {
        on_ack(element);
    } else {
        return false;
    }
    return true;
}

// "Handled" is what is safe (XEP-0198 §4).
void ClientStream::on_ack_request() {
    const bool is_safe = management_->safe() == management_->received();
    if (is_safe || !options_.acknowledges) return write_ack();
    events_.emplace_back(AckWanted{management_->received()});
}

void ClientStream::acknowledge(std::uint32_t count, TimePoint now) {
    now_ = now;
    if (!management_) return;
    management_->make_safe(count);
    if (phase_ == Phase::established) write_ack();
}

void ClientStream::write_ack() {
    if (!options_.acknowledges) management_->make_safe(management_->received());
    Element ack("a", management_ns_);
    ack.set("h", std::to_string(management_->safe()));
    framing_.write_element(ack);
}

void ClientStream::on_ack(const Element& element) {
    std::optional<std::uint32_t> handled = parse_count(element);
    if (!handled) return refuse(StreamCondition::undefined, "An answer without a count.");
    if (management_->acknowledged(*handled) == Management::Verdict::too_high) {
        StreamError error(StreamCondition::undefined, "More was acknowledged than was sent.");
        Element extra("handled-count-too-high", management_ns_);
        extra.set("h", std::to_string(*handled));
        extra.set("send-count", std::to_string(management_->sent()));
        error.extra = std::move(extra);
        framing_.write_error(error);
        framing_.write_close();
        return end(EndedBy::us, "undefined-condition", error.text);
    }
    ack_asked_ = false;
    events_.emplace_back(Acknowledged{*handled});
}

// Once for all that leaves in one write.
void ClientStream::ask_for_ack() {
    bool is_due = management_ && !ack_asked_ && !management_->queue().empty();
    if (!is_due || framing_.unsent_bytes() == 0) return;
    framing_.write_element(Element("r", management_ns_));
    ack_asked_ = true;
}

}  // namespace sallyport::xmpp
