// 中文。用词参照 GB/T 10322.1 与海关习惯，尚未经关员核对；所有文字都在本文件中，便于修改。
import type en from './en';

const zh: Record<keyof typeof en, string> = {
  'app.name': '智检带',
  'app.language': '语言：中文。切换到 English',
  'app.theme_to_dark': '切换到深色主题',
  'app.theme_to_light': '切换到浅色主题',
  'app.sign_out': '退出',
  'app.keys': '按键',
  'app.skip': '跳到页面内容',
  'nav.berths': '泊位总览',
  'nav.line': '输送线',
  'nav.alarms': '报警',
  'nav.lots': '检验批',
  'nav.instruments': '设备',
  'nav.declarations': '报关单',
  'nav.audit': '操作记录',
  'nav.mine': '我的货物',

  'signin.title': '登录',
  'signin.user': '用户',
  'signin.password': '密码',
  'signin.go': '登录',
  'signin.wrong': '用户或密码不符。',
  'signin.locked': '多次失败，账号已锁定。{span}后再试。',
  'signin.about': '大宗散货卸船皮带智能检验',
  'signin.ended': '会话已结束，请重新登录。',

  'conn.lost': '连接中断。页面内容为 {time} 时的状态。',
  'conn.none': '尚未连接。本页内容不是实时的。',
  'conn.retry': '正在重试…',
  'state.loading': '正在载入…',
  'state.failed': '无法载入：{message}',
  'state.unreachable': '服务器没有应答',
  'state.retry': '重试',
  'state.none': '无',
  'state.not_fitted': '模型未建立：不作判读',
  'state.no_data': '此处未判读',

  'time.s': '秒', 'time.min': '分', 'time.h': '小时', 'time.d': '天',
  'time.ago': '{span}前',
  'time.in': '{span}后',
  'time.stale': '数据陈旧，自 {time}',
  'time.simulated': '现场时钟 × {speed}',

  'priority.critical': '紧急', 'priority.high': '高', 'priority.medium': '中', 'priority.low': '低', 'priority.none': '不报警',
  'role.officer': '关员', 'role.supervisor': '值班科长', 'role.terminal': '码头', 'role.consignee': '收货人', 'role.admin': '管理员',

  'line.state.running': '运行', 'line.state.stopped': '停止', 'line.state.empty': '空带', 'line.state.no_signal': '无信号',
  'line.state': '皮带', 'line.speed': '带速', 'line.rate': '流量', 'line.load': '单位载荷', 'line.lot': '检验批', 'line.passed': '已卸', 'line.of_declared': '申报 {mass}',
  'line.eta': '预计卸毕', 'line.coverage': '检测覆盖率', 'line.open': '打开输送线', 'line.no_lot': '皮带上没有检验批', 'line.direction': '运行方向',
  'line.none': '尚未配置输送线。请管理员在作业点配置中添加。',
  'line.feed': '给料', 'line.datum': '皮带秤', 'line.leaves': '去堆场',
  'live.following': '实时', 'live.frozen': '停留在 {place}', 'live.back': '回到当前', 'live.window': '范围', 'live.whole': '全部',
  'live.zoom_in': '放大', 'live.zoom_out': '缩小', 'live.axis': '批内吨位', 'live.cursor': '光标处', 'live.now': '皮带秤当前',
  'live.frame': '高速相机', 'live.no_frame': '此吨位附近没有存档图像。', 'live.frame_at': '{range} · {time}',
  'live.lots': '检验批', 'live.covered': '覆盖', 'live.increments': '份样', 'live.marks': '报警',
  'live.hole': '缺口：{range} 未经{models}检测', 'live.planned': '计划', 'live.taken': '已取', 'live.missed': '未取',
  'live.findings_here': '此处判读结果', 'live.no_findings': '此吨位没有异常判读。', 'live.limit': '限量 {value}', 'live.band': '± 2 σ', 'live.expected': '预期 {value}', 'live.declared': '申报 {value}',
  'live.plots': '沿吨位轴的曲线。左右键移动光标，加减键缩放，N 键回到当前。',
  'live.choose': '显示的量',

  'series.Fe': 'Fe', 'series.SiO2': 'SiO₂', 'series.Al2O3': 'Al₂O₃', 'series.P': 'P', 'series.LOI': '烧失量', 'series.S': 'S', 'series.moisture': '水分',
  'series.composition': '成分', 'series.anomaly_score': '外观异常', 'series.slag_distance': '冶炼渣距离', 'series.gamma_rate': 'γ计数率', 'series.belt_load': '皮带载荷',
  'series.length': '长度', 'series.score': '得分', 'series.activity': '活度', 'series.mass': '质量', 'series.rate': '流量', 'series.confidence': '置信度',
  'series.t2': 'T²', 'series.q': 'Q', 'series.excess': '超出量', 'series.width': '宽', 'series.height': '高', 'series.slag_fraction': '渣含量',
  'series.count_rate': '计数率', 'series.temperature': '温度', 'series.lamp_hours': '光源时数', 'series.speed': '带速', 'series.load': '单位载荷',

  'model.brand_regression': '品牌回归', 'model.element_threshold': '元素限量', 'model.slag_comparison': '冶炼渣比对', 'model.visual_anomaly': '外观异常',
  'model.inclusion_recognition': '夹杂物识别', 'model.impurity_classification': '杂质分类', 'model.radioactivity': '放射性', 'model.sampling': '取样', 'model.sampling_watch': '取样',
  'model.logistics': '物流', 'model.logistics_watch': '物流', 'model.declaration': '申报核对', 'model.declaration_watch': '申报核对', 'model.instrument_health': '设备状态',
  'kind.spectrometer': '近红外光谱仪', 'kind.camera': '高速相机', 'kind.gamma': '通道式γ检测仪', 'kind.plc': '皮带秤', 'kind.scale': '皮带秤', 'kind.sampler': '取样机', 'kind.ais': '船位',

  'code.slice': '料段判读', 'code.slag_suspect': '疑似冶炼渣', 'code.slag': '疑似冶炼渣', 'code.solid_waste': '疑似固体废物', 'code.inclusion': '夹杂物', 'code.foreign_object': '夹杂物', 'code.unknown_object': '未知异物',
  'code.artificial_source': '人工放射性', 'code.natural_radioactivity': '天然放射性超限', 'code.natural_excess': '天然放射性高于预期', 'code.radioactivity': '放射性高于本底', 'code.gamma_excess': 'γ计数率高于预期',
  'code.element_over_limit': '元素超限', 'code.over_limit': '元素超限', 'code.below_limit': '元素低于下限', 'code.limit_exceeded': '超出限量', 'code.brand_mismatch': '与申报品牌不符', 'code.wrong_brand': '与申报品牌不符', 'code.unknown_brand': '品牌无法识别',
  'code.outside_calibration': '超出模型校准范围', 'code.visual_anomaly': '外观与该品牌不符', 'code.anomaly': '外观与该品牌不符', 'code.wet_stretch': '湿料段', 'code.moisture_high': '水分超限', 'code.dirty_window': '窗口污染',
  'code.stuck_detector': '探测器卡滞', 'code.detector_fault': '探测器故障', 'code.instrument_fault': '设备故障', 'code.instrument_silent': '设备无数据', 'code.scale_drift': '皮带秤漂移', 'code.increment_missed': '份样未取', 'code.increment_taken': '份样已取', 'code.mass_mismatch': '质量与申报不符', 'code.composition_mismatch': '成分与申报不符', 'code.coverage_hole': '有料段未检测', 'code.gap': '记录有缺口', 'code.not_fitted': '模型未建立',
  'code.case_material': '料段事件', 'code.progress': '进度', 'code.no_declaration': '没有报关单',

  'label.steel_plate': '钢板', 'label.steel': '钢铁', 'label.metal': '金属', 'label.wood': '木材', 'label.wooden_beam': '木方', 'label.rope': '绳索', 'label.plastic': '塑料', 'label.unknown': '未知', 'label.stone': '石块', 'label.rubber': '橡胶', 'label.slag': '冶炼渣',

  'lotstate.declared': '已申报', 'lotstate.discharging': '卸货中', 'lotstate.inspected': '已检测', 'lotstate.release_proposed': '拟放行', 'lotstate.released': '已放行', 'lotstate.held': '暂扣', 'lotstate.rejected': '不予放行',

  'berths.title': '泊位总览',
  'berths.alarms': '未处置报警', 'berths.no_alarms': '没有未处置报警', 'berths.waiting': '等待第二签', 'berths.provenance': '读数来源', 'berths.coming': '已申报，尚未开始',
  'provenance.real': '真实', 'provenance.semi-synthetic': '半合成', 'provenance.synthetic': '合成',

  'instrument.state.connecting': '连接中', 'instrument.state.working': '正常', 'instrument.state.degraded': '性能下降', 'instrument.state.faulty': '故障', 'instrument.state.disconnected': '断开',
};
export default zh;
