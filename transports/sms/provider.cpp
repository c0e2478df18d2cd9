// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/provider.hpp"

#include <algorithm>

namespace sallyport::sms {

Provider::Provider(std::shared_ptr<const config::ProviderDescription> description, Setup setup)
    : description_(std::move(description)), setup_(std::move(setup)) {
    const Constants all = constants();
    auth_ = CompiledAuth(description_->auth, all);
    send_ = std::make_unique<Send>(description_->send, auth_, all);
    compile_hooks(all);
    compile_queries(all);
}

Constants Provider::constants() const {
    Constants out{{"base_url", setup_.base_url}};
    for (const auto& [name, value] : setup_.credentials) out.emplace("credentials." + name, value);
    return out;
}

Provider::Send::Send(
    const config::Send& source, const CompiledAuth& auth, const Constants& constants
)
    : request(source.request, auth, constants),
      each(source.accept.each),
      when(source.accept.when, constants),
      id(source.accept.id),
      code(source.error.code),
      words(source.error.text) {
    if (source.unicode) unicode.emplace(*source.unicode, auth, constants);
    if (source.media) media.emplace(*source.media, auth, constants);
    if (source.accept.text) text.emplace(*source.accept.text);
    needs_json = !each.is_empty() || when.needs_json() || id.needs_json() || code.needs_json() ||
                 words.needs_json();
}

Provider::Message::Message(const config::MessagePlaces& source)
    : id(source.id),
      from(source.from),
      to(source.to),
      others(source.others),
      text(source.text),
      time(source.time),
      decode(source.decode) {
    if (source.media) {
        media_url = Finder(source.media->url);
        media_type = Finder(source.media->type);
        media_list = Finder(source.media->list);
        media_each = Finder(source.media->each);
        media_cut = source.media->cut;
    }
    if (source.parts) {
        part_number = Finder(source.parts->number);
        part_total = Finder(source.parts->total);
    }
}

Provider::Report::Report(const config::ReportPlaces& source)
    : is_token_in_path(source.token_in_path),
      id(source.id),
      token(source.token),
      state(source.state),
      code(source.code),
      words(source.text) {}

void Provider::compile_hooks(const Constants& constants) {
    const auto& hooks = description_->hooks;
    verify_ = find_signature(hooks.signature.scheme);
    for (const auto& key : hooks.signature.keys) {
        std::string text = CompiledTemplate(key, constants).text();
        if (!text.empty()) keys_.push_back(std::move(text));
    }
    if (hooks.signature.tolerance) signature_.tolerance = *hooks.signature.tolerance;
    signature_.options = hooks.signature.options;
    hook_each_ = Finder(hooks.each);
    hook_event_ = Finder(hooks.event);
    hook_time_ = Finder(hooks.time);
    hooks_need_json_ = hooks.format == config::HookFormat::json;
    for (const auto& source : hooks.events) {
        Event event{source.hook, Conditions(source.when, constants), std::nullopt, std::nullopt};
        if (source.message) event.message.emplace(*source.message);
        if (source.report) event.report.emplace(*source.report);
        events_.push_back(std::move(event));
    }
}

void Provider::compile_queries(const Constants& constants) {
    if (const auto& check = description_->check) {
        check_.emplace(check->request, auth_, constants);
        check_->owned = Finder(check->owned);
    }
    if (const auto& lookup = description_->lookup) {
        lookup_.emplace(lookup->request, auth_, constants);
        lookup_->each = Finder(lookup->each);
        lookup_->when = Conditions(lookup->when, constants);
        lookup_->id = Finder(lookup->id);
        lookup_->time = Finder(lookup->time);
        lookup_->state = Finder(lookup->state);
    }
    if (const auto& sweep = description_->sweep) {
        sweep_.emplace(sweep->request, auth_, constants);
        sweep_->each = Finder(sweep->each);
        sweep_->when = Conditions(sweep->when, constants);
        sweep_->next = Finder(sweep->next);
        sweep_->message.emplace(sweep->message);
    }
}

std::optional<port::Reason> Provider::reason_of(std::string_view code) const {
    const auto word = description_->reason_of(code);
    return word.empty() ? std::nullopt : port::parse_reason(word);
}

port::DeliveryState to_delivery_state(config::ReportState state) {
    switch (state) {
        case config::ReportState::accepted:
            return port::DeliveryState::accepted;
        case config::ReportState::sent:
            return port::DeliveryState::sent;
        case config::ReportState::delivered:
            return port::DeliveryState::delivered;
        case config::ReportState::undelivered:
            return port::DeliveryState::undelivered;
        case config::ReportState::failed:
            return port::DeliveryState::failed;
    }
    return port::DeliveryState::accepted;
}

}  // namespace sallyport::sms
