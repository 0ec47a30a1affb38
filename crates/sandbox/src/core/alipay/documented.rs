//! The refusals of the gateway's documents that a switch can ask for, beside those the stand-in has a reason for
//! itself.

use super::node::Trouble;

/// One refusal, by the documents.
const fn told(
    code: &'static str,
    msg: &'static str,
    sub_code: &'static str,
    sub_msg: &'static str,
) -> Trouble {
    Trouble {
        code,
        msg,
        sub_code,
        sub_msg,
    }
}

/// A refusal of the business.
const fn no(sub_code: &'static str, sub_msg: &'static str) -> Trouble {
    told("40004", "Business Failed", sub_code, sub_msg)
}

/// All of them; their sub-codes differ.
#[rustfmt::skip]
pub(crate) static DOCUMENTED: &[Trouble] = &[
    told("20000", "Service Currently Unavailable", "isp.unknow-error", "系统繁忙"),
    told("20000", "Service Currently Unavailable", "aop.unknow-error", "服务暂不可用"),
    told("20001", "Insufficient Authorization Permissions", "aop.invalid-auth-token", "无效的访问令牌"),
    told("40001", "Missing Required Arguments", "isv.missing-method", "缺少方法名参数"),
    told("40001", "Missing Required Arguments", "isv.missing-signature", "缺少签名参数"),
    told("40002", "Invalid Arguments", "isv.invalid-parameter", "参数无效"),
    told("40002", "Invalid Arguments", "isv.invalid-signature", "验签出错"),
    told("40002", "Invalid Arguments", "isv.missing-app-cert-sn", "缺少应用公钥证书序列号"),
    told("40003", "Insufficient Conditions", "isv.missing-signature-config", "缺少签名配置"),
    told("40005", "Call Limited", "isv.app-call-limited", "应用调用次数超限，包含调用频率超限"),
    told("40006", "Insufficient Permissions", "isv.insufficient-isv-permissions", "ISV权限不足"),
    no("ACQ.SYSTEM_ERROR", "系统异常"),
    no("ACQ.INVALID_PARAMETER", "参数无效"),
    no("ACQ.ACCESS_FORBIDDEN", "无权限使用接口"),
    no("ACQ.EXIST_FORBIDDEN_WORD", "订单信息中包含违禁词"),
    no("ACQ.PARTNER_ERROR", "应用APP_ID填写错误"),
    no("ACQ.TOTAL_FEE_EXCEED", "订单总金额超限"),
    no("ACQ.PRODUCT_AMOUNT_LIMIT_ERROR", "产品额度超限"),
    no("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同"),
    no("ACQ.INVALID_STORE_ID", "商户门店编号无效"),
    no("ACQ.INVALID_RECEIVE_ACCOUNT", "暂不支持该收款账号"),
    no("ACQ.SELLER_BEEN_BLOCKED", "商家账号被冻结"),
    no("ACQ.ERROR_SELLER_CERTIFY_LEVEL_LIMIT", "商户的支付宝账户未通过实名认证"),
    no("ACQ.MERCHANT_AGREEMENT_NOT_EXIST", "商户协议不存在"),
    no("ACQ.MERCHANT_AGREEMENT_INVALID", "商户协议已失效"),
    no("ACQ.AGREEMENT_NOT_EXIST", "协议不存在"),
    no("ACQ.AGREEMENT_INVALID", "协议已失效"),
    no("ACQ.TRADE_NOT_EXIST", "交易不存在"),
    no("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
    no("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
    no("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
    no("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    no("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"),
    no("ACQ.REASON_ILLEGAL_STATUS", "交易状态异常"),
    no("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"),
    no("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
    no("ACQ.TRADE_BUYER_NOT_MATCH", "交易买家不匹配"),
    no("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"),
    no("ACQ.PAYMENT_FAIL", "支付失败"),
    no("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险"),
    no("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    no("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH", "用户银行卡余额不足"),
    no("ACQ.ERROR_BALANCE_PAYMENT_DISABLE", "余额支付功能关闭"),
    no("ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT", "买家未通过人行认证"),
    no("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "买家付款日限额超限"),
    no("ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", "买家付款月额度超限"),
    no("ACQ.BEYOND_PAY_RESTRICTION", "商户收款额度超限"),
    no("ACQ.BEYOND_PER_RECEIPT_RESTRICTION", "商户收款金额超过月限额"),
    no("ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE", "没有可用的支付工具"),
    no("ACQ.PULL_MOBILE_CASHIER_FAIL", "唤起移动收银台失败"),
    no("ACQ.MOBILE_PAYMENT_SWITCH_OFF", "用户的无线支付开关关闭"),
    no("ACQ.USER_FACE_PAYMENT_SWITCH_OFF", "用户当面付付款开关关闭"),
    no("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"),
    no("ACQ.REFUND_FEE_ERROR", "交易退款金额有误"),
    no("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
    no("ACQ.NOT_ALLOW_PARTIAL_REFUND", "不支持部分退款"),
    no("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求"),
    no("ACQ.TRADE_NOT_ALLOW_REFUND", "当前交易不允许退款"),
    no("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"),
    no("ACQ.REASON_TRADE_BEEN_FREEZEN", "请求退款的交易被冻结"),
    no("ACQ.BUYER_NOT_EXIST", "买家不存在"),
    no("ACQ.BUYER_ENABLE_STATUS_FORBID", "买家状态非法"),
    no("ACQ.BUYER_ERROR", "买家状态异常"),
    no("ACQ.CUSTOMER_VALIDATE_ERROR", "账户已注销或者被冻结"),
    no("ACQ.USER_NOT_MATCH_ERR", "交易用户不匹配"),
    no("ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH", "透支协议不匹配"),
    no("isp.bill_not_exist", "账单不存在"),
    no("isv.invalid_arguments", "入参不合法"),
];
