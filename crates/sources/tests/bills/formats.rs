//! A small bill of each format, and what FOCUS says of it.

use tollgate_model::{ChargeCategory, ChargeClass, Column};
use tollgate_sources::Note;

use crate::{Bill, read_text, try_text};

fn sums(billed: &str, effective: &str) -> (String, String) {
    (billed.to_owned(), effective.to_owned())
}

/// One row of Azure's cost details: charge type, pricing model, cost, commitment, consumed service, product.
fn azure(rows: &[[&str; 6]]) -> Bill {
    let mut text = String::from(
        "BillingAccountId,BillingPeriodStartDate,BillingPeriodEndDate,SubscriptionId,Date,ProductName,MeterCategory,Quantity,\
         CostInBillingCurrency,BillingCurrencyCode,ConsumedService,ChargeType,Frequency,PricingModel,benefitId\n",
    );
    for [kind, model, cost, benefit, service, product] in rows {
        text += &format!(
            "1,10/01/2026,10/31/2026,s,10/02/2026,{product},VM,1,{cost},USD,{service},{kind},OneTime,{model},{benefit}\n"
        );
    }
    read_text(text)
}

#[test]
fn azures_commitments_count_once_in_each_cost_in_actual_and_amortized_exports() {
    let compute = "Microsoft.Compute";
    for (row, billed, effective) in [
        (["Usage", "OnDemand", "2", "", compute, "VM"], "2", "2"),
        (["Usage", "Reservation", "2", "r", compute, "VM"], "0", "2"),
        (["Usage", "Reservation", "2", "", compute, "VM"], "0", "2"),
        (["Usage", "SavingsPlan", "2", "p", compute, "VM"], "0", "2"),
        (["UnusedReservation", "Reservation", "2", "r", compute, "VM"], "0", "2"),
        (["UnusedSavingsPlan", "SavingsPlan", "2", "", compute, "VM"], "0", "2"),
        (["Purchase", "Reservation", "2", "r", "Microsoft.Capacity", "VM"], "2", "0"),
        (["Purchase", "SavingsPlan", "2", "", compute, "VM"], "2", "0"),
        (["Purchase", "OnDemand", "2", "", "Microsoft.BillingBenefits", "VM"], "2", "0"),
        (["Purchase", "", "2", "", "", "Reserved VM Instance D2 1 Year"], "2", "0"),
        (["Purchase", "OnDemand", "2", "", "Microsoft.SaaS", "Support"], "2", "2"),
        (["Refund", "Reservation", "-2", "r", "Microsoft.Capacity", "VM"], "-2", "0"),
        (["Refund", "", "-2", "", "Microsoft.Capacity", "VM"], "-2", "0"),
        (["Refund", "OnDemand", "-2", "", compute, "VM"], "-2", "-2"),
        (["RoundingAdjustment", "", "-2", "", "", ""], "-2", "-2"),
    ] {
        let bill = azure(&[row]);
        assert_eq!(bill.sums(), sums(billed, effective), "{row:?}");
        let charge = &bill.charges[0];
        if row[0] == "Refund" {
            assert_eq!(
                (charge.category, charge.class),
                (ChargeCategory::Purchase, Some(ChargeClass::Correction)),
                "{row:?}"
            );
        }
        let status = charge.text(Column::CommitmentDiscountStatus);
        let want = if row[0].starts_with("Unused") {
            Some("Unused")
        } else {
            (row[0] == "Usage" && row[1] != "OnDemand").then_some("Used")
        };
        assert_eq!(status, want, "{row:?}");
    }
    let bill = azure(&[["Surcharge", "OnDemand", "3", "", compute, "VM"]]);
    assert_eq!((bill.sums(), bill.rows_rejected), (sums("3", "3"), 0));
    assert!(bill.has_note(&Note::UnknownKind("Surcharge".to_owned())), "{:?}", bill.notes);
}

#[test]
fn azures_headers_of_every_agreement_are_read() {
    for (name, header, row) in [
        (
            "pay-as-you-go",
            "SubscriptionGuid,ResourceGroup,ResourceLocation,UsageDateTime,MeterCategory,MeterSubcategory,MeterId,MeterName,MeterRegion,UsageQuantity,ResourceRate,PreTaxCost,ConsumedService,ResourceType,InstanceId,Tags,OfferId,AdditionalInfo,ServiceInfo1,ServiceInfo2,Currency",
            "s,rg,eastus,2026-10-02,Virtual Machines,,m,D2,,24,0.1,2.4,Microsoft.Compute,,/subscriptions/s/vm,\"{\"\"team\"\":\"\"web\"\"}\",o,,,,USD",
        ),
        (
            "EA portal",
            "Account Owner Id,Subscription GUID,Date,Product,Meter ID,Meter Category,Meter Sub-Category,Meter Name,Consumed Quantity,ResourceRate,ExtendedCost,Consumed Service,Instance ID,Tags,Currency",
            "o,s,10/02/2026,VM,m,Virtual Machines,Dv3,D2,24,0.1,2.4,Microsoft.Compute,/subscriptions/s/vm,\"\"\"team\"\": \"\"web\"\"\",USD",
        ),
        (
            "MCA, lower case",
            "billingaccountid,date,metercategory,quantity,costinbillingcurrency,billingcurrency,chargetype,pricingmodel,instancename,tags",
            "1,2026-10-02T00:00:00Z,VM,24,2.4,USD,Usage,OnDemand,/subscriptions/s/vm,\"{\"\"team\"\":\"\"web\"\"}\"",
        ),
        (
            "German",
            "Abonnement-GUID;Datum;Messungskategorie;Verbrauchte Menge;Kosten;Instanz-ID;Tags;Währung",
            "s;02.10.2026;VM;24;2,40;/subscriptions/s/vm;{team=web};USD",
        ),
        (
            "French",
            "GUID d’abonnement;Date;Catégorie du compteur;Quantité consommée;Coût;ID d’instance;Étiquettes;Devise",
            "s;2026-10-02;VM;24;2,40;/subscriptions/s/vm;{team=web};USD",
        ),
        (
            "Spanish",
            "GUID de suscripción,Fecha,Categoría del medidor,Cantidad,Costo,Id. de instancia,Etiquetas,Moneda",
            "s,2026-10-02,VM,24,2.4,/subscriptions/s/vm,team=web,USD",
        ),
        (
            "Japanese",
            "サブスクリプション GUID,日付,測定カテゴリ,消費量,コスト,インスタンス ID,タグ,通貨",
            "s,2026/10/02,VM,24,2.4,/subscriptions/s/vm,team=web,USD",
        ),
    ] {
        let bill = read_text(format!("{header}\n{row}\n"));
        assert_eq!(bill.format, "Azure cost details, CSV", "{name}");
        assert_eq!((bill.sums(), bill.rows_rejected), (sums("2.4", "2.4"), 0), "{name}: {:?}", bill.rejections);
        assert_eq!((bill.days(), bill.months()), (vec!["2026-10-02".to_owned()], vec!["2026-10".to_owned()]), "{name}");
        assert_eq!(bill.values(Column::BillingCurrency), ["USD"], "{name}");
        assert_eq!(bill.values(Column::ResourceId), ["/subscriptions/s/vm"], "{name}");
        assert_eq!(bill.by_tag("team").into_keys().collect::<Vec<_>>(), ["web"], "{name}");
    }
}

const GOOGLE_HEADER: &str = "billing_account_id,service.id,service.description,sku.id,sku.description,usage_start_time,usage_end_time,project.id,project.name,project.labels,labels,location.region,location.zone,cost,currency,usage.amount,usage.unit,credits,invoice.month,cost_type\n";

#[test]
fn googles_export_is_one_bill_in_csv_and_json() {
    let csv = format!(
        "{GOOGLE_HEADER}{}{}",
        "A,1,Compute Engine,s,Core,2026-10-02 00:00:00 UTC,2026-10-02 01:00:00 UTC,p,Project,\"[{\"\"key\"\":\"\"env\"\",\"\"value\"\":\"\"prod\"\"}]\",\"[{\"\"key\"\":\"\"team\"\",\"\"value\"\":\"\"web\"\"}]\",us-east1,us-east1-b,1.5,USD,3600,seconds,\"[{\"\"name\"\":\"\"CUD\"\",\"\"amount\"\":-0.25},{\"\"name\"\":\"\"SUD\"\",\"\"amount\"\":-0.1}]\",202610,regular\n",
        "A,1,Invoice,t,Tax,2026-10-02 00:00:00 UTC,2026-10-02 01:00:00 UTC,,,,[],,,0.2,USD,0,,[],202611,tax\n",
    );
    let json = r#"{"billing_account_id":"A","service":{"id":"1","description":"Compute Engine"},"sku":{"id":"s","description":"Core"},"usage_start_time":"2026-10-02 00:00:00 UTC","usage_end_time":"2026-10-02 01:00:00 UTC","project":{"id":"p","name":"Project","labels":[{"key":"env","value":"prod"}]},"labels":[{"key":"team","value":"web"}],"location":{"region":"us-east1","zone":"us-east1-b"},"cost":1.5,"currency":"USD","usage":{"amount":3600,"unit":"seconds"},"credits":[{"name":"CUD","amount":-0.25},{"name":"SUD","amount":-0.1}],"invoice":{"month":"202610"},"cost_type":"regular"}
{"billing_account_id":"A","service":{"id":"1","description":"Invoice"},"sku":{"id":"t","description":"Tax"},"usage_start_time":"2026-10-02 00:00:00 UTC","usage_end_time":"2026-10-02 01:00:00 UTC","labels":[],"cost":0.2,"currency":"USD","credits":[],"invoice":{"month":"202611"},"cost_type":"tax"}
"#;
    for (text, format) in
        [(csv.as_str(), "Google Cloud billing export, CSV"), (json, "Google Cloud billing export, JSON")]
    {
        let bill = read_text(text);
        assert_eq!((bill.format.as_str(), bill.rows_rejected), (format, 0), "{:?}", bill.rejections);
        assert_eq!(bill.sums(), sums("1.35", "1.35"));
        assert_eq!(bill.months(), ["2026-10", "2026-11"]);
        assert_eq!(bill.values(Column::ChargeCategory), ["Tax", "Usage"]);
        assert_eq!(
            (bill.values(Column::ServiceName), bill.values(Column::SubAccountId)),
            (vec!["Compute Engine", "Invoice"], vec!["p"])
        );
        let usage = bill.charges.iter().find(|c| c.category == ChargeCategory::Usage).unwrap();
        assert_eq!(usage.text(Column::Tags), Some(r#"{"env":"prod","team":"web"}"#));
    }
    let broken = csv.replace("-0.25", "many");
    assert_eq!(read_text(broken).rejections, ["2 credits is no list of credits with amounts"]);
    let unknown = csv.replace(",tax\n", ",surcharge\n");
    assert!(read_text(unknown).has_note(&Note::UnknownKind("surcharge".to_owned())));
}

#[test]
fn focus_subsets_are_read_and_what_they_lack_is_named() {
    // Google's FOCUS view without EffectiveCost.
    let bill = read_text(
        "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName\n1.5,USD,2026-10-02T00:00:00Z,2026-10-03T00:00:00Z,Usage,Compute\n",
    );
    assert_eq!((bill.sums(), bill.months()), (sums("1.5", "1.5"), vec!["2026-10".to_owned()]));
    let notes: Vec<String> = bill.notes.keys().map(|n| n.message().into_owned()).collect();
    assert!(
        notes.iter().any(|n| n.contains("no EffectiveCost") && n.contains("BilledCost stands for it")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|n| n.contains("no BillingPeriodStart")), "{notes:?}");
    let error = try_text("EffectiveCost,ChargePeriodStart,ChargeCategory,ServiceName\n1,2026-10-02,Usage,x\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("lacks BilledCost"), "{error}");
}

#[test]
fn focus_in_json_lines_is_read_with_keys_that_only_some_rows_have() {
    let text = r#"{"BilledCost":1.5,"EffectiveCost":"1.25","BillingCurrency":"USD","ChargePeriodStart":"2026-10-02T00:00:00.000Z","ChargePeriodEnd":"2026-10-03T00:00:00.000Z","ChargeCategory":"Usage","ServiceProviderName":"Vercel","ServiceName":"Functions"}
{"BilledCost":0.1,"EffectiveCost":0.1,"BillingCurrency":"USD","ChargePeriodStart":"2026-10-02T00:00:00.000Z","ChargePeriodEnd":"2026-10-03T00:00:00.000Z","ChargeCategory":"Usage","ServiceProviderName":"Vercel","ServiceName":"Functions","Tags":{"team":"web"}}
"#;
    let bill = read_text(text);
    assert_eq!((bill.format.as_str(), bill.sums()), ("FOCUS 1.3, JSON", sums("1.6", "1.35")));
    assert_eq!(bill.by_tag("team").get("web").map(String::as_str), Some("0.1"));
    assert_eq!(bill.values(Column::ProviderName), ["Vercel"]);
    // Snowflake writes upper case and offsets.
    let text = r#"[{"BILLED_COST": 2, "EFFECTIVE_COST": 2, "BILLING_CURRENCY": "USD", "BILLING_PERIOD_START": "2026-10-01 00:00:00.000 Z", "CHARGE_PERIOD_START": "2026-10-02 00:00:00.000 Z", "CHARGE_PERIOD_END": "2026-10-03 00:00:00.000 Z", "CHARGE_CATEGORY": "Usage", "SERVICE_NAME": "Warehouse"}]"#;
    assert_eq!(read_text(text).sums(), sums("2", "2"));
}

#[test]
fn oracles_cost_report_has_corrections_and_tags() {
    let text = "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,product/compartmentId,product/compartmentName,product/region,product/availabilityDomain,product/resourceId,usage/billedQuantity,cost/subscriptionId,cost/productSku,product/Description,cost/unitPrice,cost/myCost,cost/currencyCode,cost/billingUnitReadable,lineItem/backreferenceNo,lineItem/isCorrection,tags/team,tags/Ns.key\n\
        V1,t,2026-10-02T00:00Z,2026-10-02T01:00Z,COMPUTE,c,dev,us-ashburn-1,AD-1,ocid1.instance,1,1,B1,OCPU,0.1,0.1,USD,OCPU Hours,,false,web,x\n\
        V2,t,2026-10-02T00:00Z,2026-10-02T01:00Z,COMPUTE,c,dev,us-ashburn-1,AD-1,ocid1.instance,-1,1,B1,OCPU,0.1,-0.04,USD,OCPU Hours,V1,true,web,\n";
    let bill = read_text(text);
    assert_eq!((bill.format.as_str(), bill.sums()), ("OCI cost report, CSV", sums("0.06", "0.06")));
    assert_eq!(bill.charges[1].class, Some(ChargeClass::Correction));
    assert_eq!(bill.charges[0].text(Column::Tags), Some(r#"{"Ns.key":"x","team":"web"}"#));
    assert_eq!((bill.values(Column::SubAccountName), bill.days()), (vec!["dev"], vec!["2026-10-02".to_owned()]));
}

#[test]
fn alibabas_bill_of_instances_is_read_from_the_api_and_from_csv() {
    let json = r#"{"Code":"Success","Data":{"BillingCycle":"2026-10","AccountID":"7","TotalCount":2,"Items":[{"ProductName":"Elastic Compute Service","ProductCode":"ecs","SubscriptionType":"PayAsYouGo","Item":"PayAsYouGoBill","InstanceID":"i-1","Region":"cn-hangzhou","Currency":"USD","PretaxGrossAmount":3,"PretaxAmount":2.5,"Tag":"key:team value:web; key:env value:prod"},{"ProductName":"Elastic Compute Service","ProductCode":"ecs","SubscriptionType":"Subscription","Item":"Refund","InstanceID":"i-2","Currency":"USD","PretaxAmount":-1,"BillingDate":"2026-10-05"}]}}"#;
    let bill = read_text(json);
    assert_eq!((bill.format.as_str(), bill.sums()), ("Alibaba Cloud instance bill, JSON", sums("1.5", "1.5")));
    assert_eq!(
        (bill.months(), bill.days()),
        (vec!["2026-10".to_owned()], vec!["2026-10-01".to_owned(), "2026-10-05".to_owned()])
    );
    assert_eq!(bill.charges[0].charge_period.end, bill.charges[0].billing_period.end);
    assert_eq!(bill.by_tag("team").get("web").map(String::as_str), Some("2.5"));
    assert_eq!(bill.values(Column::BillingAccountId), ["7"]);
    let csv = "Billing Cycle,Billing Date,Account ID,Product Name,Product Code,Subscription Type,Instance ID,Currency,Pretax Amount\n2026-10,2026-10-05,7,ECS,ecs,PayAsYouGo,i-1,CNY,1.25\n";
    assert_eq!(
        (read_text(csv).sums(), read_text(csv).values(Column::BillingCurrency)),
        (sums("1.25", "1.25"), vec!["CNY"])
    );
}

#[test]
fn vultrs_invoice_items_are_read_from_the_api() {
    let json = r#"{"invoice_items":[{"description":"1.2.3.4 (8192 MB)","product":"Cloud Compute","start_date":"2026-10-01T00:00:00+00:00","end_date":"2026-10-31T23:59:59+00:00","units":720,"unit_type":"hours","unit_price":0.0595,"total":42.84},{"description":"Credit","product":"Credit","start_date":"2026-10-01T00:00:00+00:00","end_date":"2026-10-31T23:59:59+00:00","units":1,"unit_type":"","unit_price":-2,"total":-2}],"meta":{"total":2,"links":{"next":"","prev":""}}}"#;
    let bill = read_text(json);
    assert_eq!((bill.format.as_str(), bill.sums()), ("Vultr invoice items, JSON", sums("40.84", "40.84")));
    assert_eq!(
        (bill.values(Column::BillingCurrency), bill.values(Column::ChargeCategory)),
        (vec!["USD"], vec!["Credit", "Usage"])
    );
    assert_eq!(bill.months(), ["2026-10"]);
}

#[test]
fn allocations_of_clusters_are_read_from_opencosts_api() {
    let json = r#"{"code":200,"status":"success","data":[{"web":{"name":"web","properties":{"cluster":"prod","namespace":"web","labels":{"team":"web"}},"window":{"start":"2026-10-02T00:00:00Z","end":"2026-10-03T00:00:00Z"},"start":"2026-10-02T00:00:00Z","end":"2026-10-02T12:00:00Z","minutes":720,"cpuCost":1.25,"ramCost":0.5,"totalCost":1.75},"__idle__":{"name":"__idle__","properties":{"cluster":"prod"},"window":{"start":"2026-10-02T00:00:00Z","end":"2026-10-03T00:00:00Z"},"start":"2026-10-02T00:00:00Z","end":"2026-10-03T00:00:00Z","minutes":1440,"cpuCost":0.1,"ramCost":0.15,"totalCost":0.25}}]}"#;
    let bill = read_text(json);
    assert_eq!((bill.format.as_str(), bill.sums()), ("OpenCost allocations, JSON", sums("2", "2")));
    assert_eq!((bill.days(), bill.values(Column::SubAccountId)), (vec!["2026-10-02".to_owned()], vec!["web"]));
    assert_eq!(bill.by_tag("team").get("web").map(String::as_str), Some("1.75"));
    assert!(bill.notes.keys().any(|n| n.message().contains("count twice")), "{:?}", bill.notes);
}

/// The same month of AWS in three formats: covered and uncovered use, a savings plan and a reservation that are used in part.
#[test]
fn the_unused_part_of_a_commitment_is_a_row_of_its_own_in_every_aws_format() {
    let names = [
        ("bill_payer_account_id", "bill/PayerAccountId"),
        ("bill_billing_period_start_date", "bill/BillingPeriodStartDate"),
        ("line_item_line_item_type", "lineItem/LineItemType"),
        ("line_item_usage_start_date", "lineItem/UsageStartDate"),
        ("line_item_usage_end_date", "lineItem/UsageEndDate"),
        ("line_item_product_code", "lineItem/ProductCode"),
        ("line_item_currency_code", "lineItem/CurrencyCode"),
        ("line_item_unblended_cost", "lineItem/UnblendedCost"),
        ("reservation_reservation_a_r_n", "reservation/ReservationARN"),
        ("reservation_effective_cost", "reservation/EffectiveCost"),
        (
            "reservation_unused_amortized_upfront_fee_for_billing_period",
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        ),
        ("reservation_unused_recurring_fee", "reservation/UnusedRecurringFee"),
        ("savings_plan_savings_plan_a_r_n", "savingsPlan/SavingsPlanARN"),
        ("savings_plan_savings_plan_effective_cost", "savingsPlan/SavingsPlanEffectiveCost"),
        ("savings_plan_total_commitment_to_date", "savingsPlan/TotalCommitmentToDate"),
        ("savings_plan_used_commitment", "savingsPlan/UsedCommitment"),
    ];
    let line = |kind: &str, cost: &str, rest: &str| {
        format!("1,2026-10-01T00:00:00Z,{kind},2026-10-02T00:00:00Z,2026-10-03T00:00:00Z,AmazonEC2,USD,{cost},{rest}\n")
    };
    let rows = [
        line("Usage", "1", ",,,,,,,"),
        line("SavingsPlanCoveredUsage", "14", ",,,,arn:sp,10,,"),
        line("SavingsPlanNegation", "-14", ",,,,arn:sp,,,"),
        line("SavingsPlanRecurringFee", "12", ",,,,arn:sp,,12,10"),
        line("DiscountedUsage", "0", "arn:ri,3,,,,,,"),
        line("RIFee", "4", "arn:ri,,0.25,0.75,,,,"),
        line("Fee", "50", "arn:ri,,,,,,,"),
    ]
    .concat();
    let header =
        |pick: fn(&(&'static str, &'static str)) -> &'static str| names.iter().map(pick).collect::<Vec<_>>().join(",");
    let current = read_text(format!("{}\n{rows}", header(|n| n.0)));
    let legacy = read_text(format!("{}\n{rows}", header(|n| n.1)));
    let focus = read_text(
        "BilledCost,EffectiveCost,BillingCurrency,BillingAccountId,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,CommitmentDiscountId,CommitmentDiscountStatus\n"
            .to_owned()
            + &[
                ("1", "1", "Usage", "", ""),
                ("0", "10", "Usage", "arn:sp", "Used"),
                ("12", "0", "Purchase", "arn:sp", ""),
                ("0", "2", "Usage", "arn:sp", "Unused"),
                ("0", "3", "Usage", "arn:ri", "Used"),
                ("4", "0", "Purchase", "arn:ri", ""),
                ("0", "1", "Usage", "arn:ri", "Unused"),
                ("50", "0", "Purchase", "arn:ri", ""),
            ]
            .map(|(b, e, c, id, s)| format!("{b},{e},USD,1,2026-10-01,2026-11-01,2026-10-02,2026-10-03,{c},AWS,Amazon Elastic Compute Cloud,{id},{s}\n"))
            .concat(),
    );
    assert_eq!((current.format.as_str(), legacy.format.as_str()), ("AWS CUR 2.0, CSV", "AWS CUR (legacy), CSV"));
    let answers = |bill: &Bill| {
        let mut out: Vec<(String, String, String)> = Vec::new();
        for id in [None, Some("arn:sp"), Some("arn:ri")] {
            for status in [None, Some("Used"), Some("Unused")] {
                let of = || {
                    bill.charges.iter().filter(move |c| {
                        c.text(Column::CommitmentDiscountId) == id && c.text(Column::CommitmentDiscountStatus) == status
                    })
                };
                let billed = crate::sum(of().map(|c| c.billed_cost));
                let effective = crate::sum(of().map(|c| c.effective_cost));
                let uses = of().filter(|c| !c.effective_cost.is_zero()).all(|c| c.category == ChargeCategory::Usage);
                assert!(uses, "an effective cost that is no use: {id:?} {status:?}");
                out.push((format!("{id:?} {status:?}"), billed.to_string(), effective.to_string()));
            }
        }
        (out, bill.sums(), bill.days(), bill.values(Column::ServiceName).join(" "))
    };
    // AWS bills covered use and negates it in a second row; FOCUS has neither.
    let by_status = |bill: &Bill| {
        let (rows, sums, days, services) = answers(bill);
        let effective: Vec<(String, String)> = rows.into_iter().map(|(key, _, effective)| (key, effective)).collect();
        (effective, sums, days, services)
    };
    assert_eq!(answers(&current), answers(&legacy));
    assert_eq!(by_status(&current), by_status(&focus));
    assert_eq!((current.rows_added, focus.rows_added), (2, 0));
    assert_eq!(current.sums(), sums("67", "17"));
}

#[test]
fn a_fee_without_the_amounts_of_its_use_is_kept_and_noted() {
    let text = "line_item_line_item_type,line_item_unblended_cost,line_item_usage_start_date,line_item_usage_end_date,bill_billing_period_start_date,line_item_currency_code,line_item_product_code\nSavingsPlanRecurringFee,5,2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,2026-10-01T00:00:00Z,USD,ComputeSavingsPlans\nBundleFee,2,2026-10-01T00:00:00Z,2026-10-01T01:00:00Z,2026-10-01T00:00:00Z,USD,AmazonEC2\n";
    let bill = read_text(text);
    assert_eq!((bill.sums(), bill.rows_rejected, bill.rows_added), (sums("7", "2"), 0, 0));
    assert_eq!(bill.notes[&Note::UnstatedUnused], 1);
    assert_eq!(bill.notes[&Note::UnknownKind("BundleFee".to_owned())], 1);
    assert_eq!(
        bill.values(Column::ServiceName),
        ["Amazon Elastic Compute Cloud", "Savings Plans for AWS Compute usage"]
    );
}
