// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/upload.hpp"

#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::xmpp {

boost::system::result<UploadRequest, StanzaError> parse_upload_request(const Element& element) {
    UploadRequest request;
    request.file_name = element.attribute("filename").value_or("");
    request.content_type = element.attribute("content-type").value_or("");
    request.size_bytes =
        parse_decimal<std::uint64_t>(element.attribute("size").value_or("")).value_or(0);
    if (request.file_name.empty() || request.size_bytes == 0)
        return StanzaError(Condition::bad_request, "A file needs a name and a size.");
    return request;
}

Element build_upload_request(const UploadRequest& request) {
    Element element("request", ns::upload);
    element.set("filename", request.file_name).set("size", std::to_string(request.size_bytes));
    if (!request.content_type.empty()) element.set("content-type", request.content_type);
    return element;
}

Element build_upload_slot(const UploadSlot& slot) {
    Element element("slot", ns::upload);
    element.add("put", ns::upload).set("url", slot.put_url);
    element.add("get", ns::upload).set("url", slot.get_url);
    return element;
}

UploadSlot parse_upload_slot(const Element& element) {
    const auto url = [&element](std::string_view name) {
        const Element* child = element.child(name, ns::upload);
        return std::string(child ? child->attribute("url").value_or("") : "");
    };
    return {url("put"), url("get")};
}

StanzaError file_too_large(std::uint64_t max_bytes) {
    StanzaError error(
        Condition::not_acceptable,
        ErrorType::modify,
        "The file is too large. At most " + std::to_string(max_bytes) + " bytes can be uploaded."
    );
    Element extra("file-too-large", ns::upload);
    extra.add("max-file-size", ns::upload).add_text(std::to_string(max_bytes));
    error.extra = std::move(extra);
    return error;
}

Form build_upload_form(std::uint64_t max_bytes) {
    Form form(FormType::result);
    form.add_value("FORM_TYPE", std::string(ns::upload), FieldType::hidden);
    form.add_value("max-file-size", std::to_string(max_bytes));
    return form;
}

}  // namespace sallyport::xmpp
