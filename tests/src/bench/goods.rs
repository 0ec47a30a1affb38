//! A shop's articles by the hundred thousand: Chinese names that read like goods, EAN-13 codes that check.
//!
//! The same count gives the same articles on every machine. Nothing here is a real product.

use std::fmt::Write as _;

const BRANDS: &[&str] = &[
    "山谷",
    "青禾",
    "百川",
    "星河",
    "云岭",
    "金穗",
    "乐购",
    "晨光里",
    "海之味",
    "老街",
    "南国",
    "北方",
    "东篱",
    "西湖边",
    "阿婆家",
    "小满",
    "白露",
    "秋分",
    "大雪",
    "谷雨",
    "清明",
    "立夏",
    "好邻居",
    "满江红",
    "一品",
    "双喜",
    "三江",
    "四季",
    "五谷",
    "六福",
    "七彩",
    "八方",
    "九州",
    "十里",
    "千岛",
    "万家",
    "红梅",
    "绿洲",
    "蓝天",
    "紫云",
];
const KINDS: &[&str] = &[
    "原味",
    "麻辣",
    "香辣",
    "番茄",
    "黄瓜",
    "烧烤",
    "海苔",
    "芝士",
    "柠檬",
    "草莓",
    "蓝莓",
    "葡萄",
    "蜜桃",
    "荔枝",
    "芒果",
    "椰子",
    "绿茶",
    "红茶",
    "乌龙",
    "茉莉",
    "桂花",
    "玫瑰",
    "薄荷",
    "咖啡",
    "巧克力",
    "抹茶",
    "花生",
    "核桃",
    "红枣",
    "燕麦",
    "黑芝麻",
    "无糖",
    "低脂",
    "浓香",
    "清爽",
    "经典",
    "家庭装",
    "儿童",
    "鲜榨",
    "冷萃",
    "手工",
    "全麦",
    "高钙",
    "五香",
    "酱香",
    "蒜香",
    "葱香",
    "孜然",
    "泡椒",
    "老坛",
];
const THINGS: &[(&str, &str, &str)] = &[
    ("薯片", "零食", "Snacks"),
    ("饼干", "零食", "Snacks"),
    ("瓜子", "零食", "Snacks"),
    ("果冻", "零食", "Snacks"),
    ("锅巴", "零食", "Snacks"),
    ("豆干", "零食", "Snacks"),
    ("汽水", "饮料", "Drinks"),
    ("果汁", "饮料", "Drinks"),
    ("茶饮", "饮料", "Drinks"),
    ("豆奶", "饮料", "Drinks"),
    ("矿泉水", "饮料", "Drinks"),
    ("酸奶", "乳品", "Dairy"),
    ("纯牛奶", "乳品", "Dairy"),
    ("奶酪", "乳品", "Dairy"),
    ("方便面", "粮油", "Staples"),
    ("挂面", "粮油", "Staples"),
    ("大米", "粮油", "Staples"),
    ("面粉", "粮油", "Staples"),
    ("菜籽油", "粮油", "Staples"),
    ("酱油", "调味", "Condiments"),
    ("陈醋", "调味", "Condiments"),
    ("辣椒酱", "调味", "Condiments"),
    ("火锅底料", "调味", "Condiments"),
    ("牙膏", "日用", "Household"),
    ("洗衣液", "日用", "Household"),
    ("抽纸", "日用", "Household"),
    ("香皂", "日用", "Household"),
    ("洗发水", "日用", "Household"),
    ("冰淇淋", "冷冻", "Frozen"),
    ("水饺", "冷冻", "Frozen"),
    ("汤圆", "冷冻", "Frozen"),
    ("手抓饼", "冷冻", "Frozen"),
];
const SIZES: &[&str] = &[
    "45g", "70g", "100g", "128g", "250g", "500g", "1kg", "250ml", "330ml", "500ml", "1L", "2L",
];
/// Prefix of codes given out in China.
const EAN_PREFIX: u64 = 69;
/// Cheapest article: 1.10 yuan. Prices end on a whole jiao, so that no sum is rounded.
const PRICE_JIAO_MIN: usize = 11;
/// How many different prices there are.
const PRICES: usize = 389;

/// An article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// EAN-13.
    pub code: String,
    /// Name without the size.
    pub name: String,
    /// Size.
    pub size: String,
    /// Price of one, fen.
    pub price_minor: i64,
    category: (&'static str, &'static str),
}

/// The article of a number. Names repeat only after 64 000, and then with another size.
#[must_use]
pub fn article(number: usize) -> Article {
    let (thing, zh, en) = THINGS[number % THINGS.len()];
    let kind = KINDS[number / THINGS.len() % KINDS.len()];
    let brand = BRANDS[number / (THINGS.len() * KINDS.len()) % BRANDS.len()];
    let round = number / (THINGS.len() * KINDS.len() * BRANDS.len());
    Article {
        code: ean_13(number),
        name: format!("{brand}{kind}{thing}"),
        size: SIZES[(number + round) % SIZES.len()].to_owned(),
        price_minor: price_minor(number),
        category: (zh, en),
    }
}

fn price_minor(number: usize) -> i64 {
    i64::try_from(PRICE_JIAO_MIN + number * 7 % PRICES).unwrap_or(1) * 10
}

/// Scattered, so that neighbours of the list are not neighbours of the index.
fn ean_13(number: usize) -> String {
    const SPAN: u64 = 10_000_000_000;
    const STRIDE: u64 = 7_368_787_817;
    let scattered = u64::try_from(number).unwrap_or(0).wrapping_mul(STRIDE) % SPAN;
    let body = format!("{}", EAN_PREFIX * SPAN + scattered);
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A catalogue file of the first `count` articles.
#[must_use]
pub fn csv(count: usize) -> String {
    let mut csv = String::from("条码,品名,规格,分类,英文分类,售价\n");
    for number in 0..count {
        let article = article(number);
        let (zh, en) = article.category;
        let _ = writeln!(
            csv,
            "{},{},{},{zh},{en},{}.{:02}",
            article.code,
            article.name,
            article.size,
            article.price_minor / 100,
            article.price_minor % 100
        );
    }
    csv
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_right_and_all_different() {
        let codes: HashSet<String> = (0..100_000).map(ean_13).collect();
        assert_eq!(codes.len(), 100_000);
        assert!(codes.iter().all(|code| suanpan_domain::code::is_ean(code)));
    }

    #[test]
    fn the_file_is_the_same_every_time() {
        assert_eq!(csv(10), csv(10));
        assert_eq!(csv(3).lines().count(), 4);
        assert_eq!(article(5), article(5));
    }
}
