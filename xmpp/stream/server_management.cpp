// SPDX-License-Identifier: Apache-2.0
// XEP-0198:
//   client: <enable resume='true'/>        server: <enabled id='…' resume='true' max='600'/>
//   either: <r/>                           the other: <a h='…'/>
//   client, in a new stream: <resume previd='…' h='…'/>
//   server: <resumed previd='…' h='…'/> and what was not handled, or <failed h='…'/>
#include <algorithm>
#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"
#include "xmpp/stream/server_machine.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

std::optional<std::uint32_t> parse_count(const Element& element) {
    return parse_decimal<std::uint32_t>(element.attribute("h").value_or(""));
}

unsigned old_bit(const Element& element) {
    return element.ns() == ns::sm2 ? state::managed_old : 0;
}

}  // namespace

std::string_view ServerMachine::management_ns() const {
    return has(state::managed_old) ? ns::sm2 : ns::sm3;
}

void ServerMachine::on_management(Element element) {
    if (element.ns() == ns::sm2 && !options_->allows_legacy)
        return refuse(StreamCondition::unsupported_stanza_type, "That is not known here.");
    std::string_view name = element.name();
    bool known = has(state::managed) && element.ns() == management_ns();
    if (name == "r" && known) return on_ack_request();
    if (name == "a" && known) return on_ack(element);
    if (phase_ == Phase::closing) return;
    if (name == "enable") return enable_management(element);
    if (name == "resume") return want_resume(element);
    state_ |= has(state::managed) ? 0 : old_bit(element);
    framing_.write_element(make_failed(Condition::unexpected_request, std::nullopt));
}

std::string ServerMachine::make_failed(Condition condition, std::optional<std::uint32_t> handled)
    const {
    std::string xml = "<failed xmlns='";
    xml.append(management_ns()).append("'");
    if (handled) xml.append(" h='").append(std::to_string(*handled)).append("'");
    xml.append("><").append(to_string(condition)).append(" xmlns='");
    return xml.append(ns::stanza_errors).append("'/></failed>");
}

// ---- beginning ----

// Only behind a session, and once: a second one would set the counters back.
void ServerMachine::enable_management(const Element& element) {
    if (has(state::managed))
        return refuse(StreamCondition::policy_violation, "Stream management is enabled.");
    state_ |= old_bit(element);
    if (!has(state::bound))
        return framing_.write_element(make_failed(Condition::unexpected_request, std::nullopt));
    framing_.write_element(make_enabled(element));
}

// From here on both sides count.
std::string ServerMachine::make_enabled(const Element& element) {
    ManagementLimits limits = options_->management;
    bool resumable = is_true(element.attribute("resume").value_or("")) && limits.resume.count() > 0;
    management_ = std::make_unique<Management>(limits, resumable ? derive() : std::string());
    state_ |= state::managed;
    events_.emplace_back(ManagementEnabled{management_->resume_id()});
    std::string xml = "<enabled xmlns='";
    xml.append(management_ns()).append("'");
    if (resumable)
        xml.append(" id='")
            .append(management_->resume_id())
            .append("' resume='true' max='")
            .append(std::to_string(limits.resume.count()))
            .append("'");
    return xml + "/>";
}

// ---- going on ----

void ServerMachine::want_resume(const Element& element) {
    if (has(state::managed))
        return refuse(StreamCondition::policy_violation, "Stream management is enabled.");
    state_ |= old_bit(element);
    if (has(state::bound))
        return framing_.write_element(make_failed(Condition::unexpected_request, std::nullopt));
    auto handled = parse_count(element);
    std::string_view previous = element.attribute("previd").value_or("");
    if (!handled || previous.empty()) return not_resumed(NotResumed());
    negotiation_->previous = previous;
    negotiation_->handled = *handled;
    asked_ = Asked::session;
    events_.emplace_back(AskResume{negotiation_->user, std::string(previous), *handled});
}

bool ServerMachine::answer_session(ServerAnswer answer) {
    if (auto* yes = std::get_if<Resumed>(&answer)) {
        if (!yes->management) return false;
        resumed(std::move(*yes));
    } else if (const auto* no = std::get_if<NotResumed>(&answer)) {
        not_resumed(*no);
    } else {
        if (!std::holds_alternative<StanzaError>(answer)) return false;
        not_resumed(NotResumed());
    }
    return true;
}

// XEP-0198 §5: the answer, then what the peer has not had, in order, then what is new.
void ServerMachine::resumed(Resumed answer) {
    using Verdict = Management::Verdict;
    management_ = std::move(answer.management);
    std::string xml = "<resumed xmlns='";
    xml.append(management_ns()).append("' h='").append(std::to_string(management_->received()));
    xml.append("' previd='");
    write_escaped(xml, negotiation_->previous);
    xml += "'/>";
    bool sound = management_->acknowledged(negotiation_->handled) != Verdict::too_high;
    if (!sound) return refuse_count(negotiation_->handled);
    state_ |= state::managed;
    management_->make_safe(management_->received());
    stand(std::move(answer.full), true);
    if (negotiation_->inlined) {
        negotiation_->inlined->results += xml;
        return finish_inline();
    }
    framing_.write_element(xml);
    resend();
    settle();
}

void ServerMachine::resend() {
    for (const Management::Unacknowledged& one : management_->queue())
        framing_.write_stanza(one.bytes);
    if (!management_->queue().empty()) request_ack();
}

void ServerMachine::not_resumed(const NotResumed& answer) {
    std::string failed = make_failed(Condition::item_not_found, answer.handled);
    if (!negotiation_->inlined) return framing_.write_element(failed);
    negotiation_->inlined->results += failed;
    negotiation_->inlined->resume.reset();
    go_on_inline();
}

// ---- counting ----

// "Handled" is what is safe (XEP-0198 §4): the owner says when; at once when nothing is new.
void ServerMachine::on_ack_request() {
    if (phase_ == Phase::closing) return;
    if (management_->safe() == management_->received()) return acknowledge(management_->safe());
    events_.emplace_back(AckWanted{management_->received()});
}

void ServerMachine::acknowledge(std::uint32_t count) {
    if (!has(state::managed) || !management_) return;
    management_->make_safe(count);
    if (phase_ != Phase::open) return;
    std::string xml = "<a xmlns='";
    xml.append(management_ns()).append("' h='");
    framing_.write_element(xml.append(std::to_string(management_->safe())).append("'/>"));
}

void ServerMachine::request_ack() {
    if (phase_ != Phase::open || std::exchange(ack_asked_, true)) return;
    ack_asked_at_ = now_;
    std::string xml = "<r xmlns='";
    framing_.write_element(xml.append(management_ns()).append("'/>"));
    deadline_ =
        deadline_ ? std::min(*deadline_, now_ + options_->times.ack) : now_ + options_->times.ack;
}

void ServerMachine::on_ack(const Element& element) {
    auto handled = parse_count(element);
    if (!handled) return refuse(StreamCondition::bad_format, "An acknowledgement has no count.");
    ack_asked_ = false;
    if (management_->acknowledged(*handled) == Management::Verdict::too_high)
        refuse_count(*handled);
}

// XEP-0198 §4, example 10.
void ServerMachine::refuse_count(std::uint32_t handled) {
    StreamError error(StreamCondition::undefined, "More was acknowledged than was sent.");
    Element condition("handled-count-too-high", ns::sm3);
    condition.set("h", std::to_string(handled));
    condition.set("send-count", std::to_string(management_->sent()));
    error.extra = std::move(condition);
    refuse(error);
}

bool ServerMachine::keep(std::string bytes, TimePoint now) {
    bool was_empty = management_->queue().empty();
    if (!management_->keep(std::move(bytes), now)) return false;
    if (was_empty && !ack_asked_) {
        TimePoint due = now + options_->times.ask_ack;
        if (!deadline_ || due < *deadline_) deadline_ = due;
    }
    return true;
}

}  // namespace sallyport::xmpp
